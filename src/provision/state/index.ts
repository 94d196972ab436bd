// The state service of Pulumi stacks: lease, epochs, journal, sealed state in Secrets, Pulumi's HTTP protocol.
export * from "./deployment.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./service.ts";
export * from "./stack.ts";
