// The API server as the rest of the program sees it.
export { connectKube, createKube } from "./client.ts";
export * from "./clock.ts";
export { withDeadline } from "./deadline.ts";
export * from "./errors.ts";
export * from "./kube.ts";
export { defaultKubeConfigPath, KubeConfigError, loadKubeConfig } from "./kubeconfig.ts";
export type { Connection } from "./kubeconfig.ts";
export * from "./options.ts";
export { apiVersionOf, collectionPath, groupPath, objectPath } from "./paths.ts";
export * from "./subresources.ts";
export { untilAborted } from "./until-aborted.ts";
