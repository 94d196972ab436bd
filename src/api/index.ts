// The kinds and what they share.
export * from "./object.ts";
