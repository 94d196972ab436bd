// What parts of the program see of the process they run in.
import type { Registry } from "prom-client";
import type { KubeObject, ResourceType } from "../api/object.ts";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube, Selection } from "../kube/kube.ts";
import type { Webhook } from "./admission.ts";
import type { IndexFunction, Informer } from "./cache.ts";
import type { Informers } from "./cache.ts";
import type { ControllerOptions } from "./controller.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";
import type { Check } from "./probes.ts";

/** Something long-lived that the manager owns: starts after the caches, is aborted and awaited at shutdown. */
export interface Task {
  readonly name: string;
  /** `leader`: runs only while this replica leads, with a signal that aborts on loss. */
  readonly scope: "leader" | "everyReplica";
  /**
   * Resolves soon after the signal aborts. Returning earlier is fine (a leader's task runs again in the next term);
   * throwing restarts it with backoff. `kube` is fenced by the leader's lease for leader tasks.
   */
  run(signal: AbortSignal, kube: Kube): Promise<void>;
}

/** How caches of a type are narrowed. */
export interface CacheOptions<T extends KubeObject> extends Selection {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

/** Everything is registered before `run`. */
export interface Manager {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly metrics: Registry;
  /** This replica's unique name. */
  readonly identity: string;
  /** Ports listened on, by server, once `run` has started them. */
  readonly ports: ReadonlyMap<"metrics" | "health" | "webhook", number>;
  /** True from the moment controllers work until shutdown begins. */
  readonly ready: boolean;
  /** Caches of one's own beside the shared ones: nobody waits for them, and they end when `signal` aborts. */
  informers(signal: AbortSignal): Informers;
  /** The shared cache of a type and selection. The manager syncs it before any controller starts. */
  cache<T extends KubeObject>(type: ResourceType<T>, options?: CacheOptions<T>): Informer<T>;
  controller<T extends KubeObject, D extends object>(options: ControllerOptions<T, D>): void;
  webhook<T extends KubeObject>(webhook: Webhook<T>): void;
  task(task: Task): void;
  readyCheck(name: string, check: Check): void;
  /**
   * Runs until the signal aborts, then shuts down in order within `shutdownMs`. Rejects when it could not start, and when
   * it had to end by itself (the lease thread died); it has shut down by then.
   */
  run(signal: AbortSignal): Promise<void>;
}
