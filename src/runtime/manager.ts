// The process: caches, leases, controllers, webhooks, probes and servers, started and stopped in order.
import type { Registry } from "prom-client";
import type { KubeObject, ResourceType } from "../api/object.ts";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube, Selection } from "../kube/kube.ts";
import type { Webhook } from "./admission.ts";
import type { IndexFunction, Informer } from "./cache.ts";
import type { ControllerOptions } from "./controller.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";

/** Something long-lived that the manager owns: starts after the caches, is aborted and awaited at shutdown. */
export interface Task {
  readonly name: string;
  /** `leader`: runs only while this replica leads, with a signal that aborts on loss. */
  readonly scope: "leader" | "everyReplica";
  /** Resolves soon after the signal aborts. Returning earlier is fine; throwing restarts it with backoff. */
  run(signal: AbortSignal): Promise<void>;
}

/** How caches of a type are narrowed. */
export interface CacheOptions<T extends KubeObject> extends Selection {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

/** A named readiness or liveness check; throws or rejects with what is wrong. */
export type Check = (signal: AbortSignal) => void | Promise<void>;

/** What parts of the program see of the process they run in. Everything is registered before `run`. */
export interface Manager {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly metrics: Registry;
  /** This replica's unique name. */
  readonly identity: string;
  /** The shared cache of a type and selection. The manager syncs it before any controller starts. */
  cache<T extends KubeObject>(type: ResourceType<T>, options?: CacheOptions<T>): Informer<T>;
  controller<T extends KubeObject, D extends object>(options: ControllerOptions<T, D>): void;
  webhook(webhook: Webhook): void;
  task(task: Task): void;
  readyCheck(name: string, check: Check): void;
  /** Runs until the signal aborts, then shuts down in order within 30 s. Rejects when it could not start. */
  run(signal: AbortSignal): Promise<void>;
}
