// The controller runtime: caches, queues, controllers, leases, shards, webhooks, and the process that runs them.
export * from "./admission.ts";
export * from "./cache.ts";
export * from "./controller.ts";
export * from "./events.ts";
export * from "./fence.ts";
export * from "./log.ts";
export * from "./manager.ts";
export * from "./outcome.ts";
export * from "./predicate.ts";
export * from "./reconcile.ts";
export * from "./trigger.ts";
