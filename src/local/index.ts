// The embedded control plane and its tools.
export * from "./tools/index.ts";
export { LOCAL_CONTEXT } from "./plane/kubeconfig.ts";
export { createAuthority, type Authority } from "./plane/pki.ts";
export { type ControlPlane, type PlaneComponent, type PlaneOptions, startControlPlane } from "./plane/plane.ts";
export { freePorts } from "./plane/ports.ts";
