// The API server as the rest of the program sees it.
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./kube.ts";
export * from "./options.ts";
