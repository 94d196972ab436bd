// The state service of Pulumi stacks: lease, epochs, journal, sealed state in Secrets, Pulumi's HTTP protocol.
export * from "./deployment.ts";
export * from "./errors.ts";
export * from "./events.ts";
export { ensureKeySecret } from "./key-secret.ts";
export type { KeySecretOptions } from "./key-secret.ts";
export { loadKeyRing, parseKeyRing } from "./keys.ts";
export type { KeyRing } from "./keys.ts";
export { defaultLimits } from "./limits.ts";
export type { StateLimits } from "./limits.ts";
export { memoryStackStore } from "./memory-store.ts";
export { secretStackStore, stateFinalizer } from "./secret-store.ts";
export type { SecretStoreOptions } from "./secret-store.ts";
export * from "./service.ts";
export * from "./stack.ts";
export { startStateService } from "./start.ts";
export type { StateServiceOptions } from "./start.ts";
export type { StackStore } from "./store.ts";
