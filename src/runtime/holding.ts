// Who holds what in this process: alone, or by leases among replicas.
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import { defaultLeaseTiming, type LeaseTiming } from "./election.ts";
import { createLeadership, type Leadership } from "./leader.ts";
import type { Leases } from "./leases.ts";
import type { Logger } from "./log.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import { type Ownership, ownsEverything } from "./ownership.ts";
import { createShards, type Shards } from "./shards.ts";

/** `alone`: one replica by design. `leases`: any number of replicas, sharing work by Leases in `namespace`. */
export type HoldingOptions =
  | { readonly kind: "alone" }
  | {
      readonly kind: "leases";
      /** First part of the Lease names. Default dharma. */
      readonly name?: string;
      readonly namespace: string;
      /** Default 16. The same on all replicas. */
      readonly shards?: number;
      readonly timing?: LeaseTiming;
    };

/** Both forms behind one face. */
export interface Holding {
  ownership(scope: "sharded" | "leader" | "everyReplica"): Ownership;
  /** Keeps shards in line until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Runs `work` while this replica leads. */
  whileLeading(work: (signal: AbortSignal, kube: Kube) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Gives up everything held, after the work under it has ended. */
  release(): Promise<void>;
}

export interface HoldingParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly identity: string;
  readonly metrics: RuntimeMetrics;
  readonly leases: Leases;
  readonly fence: (kube: Kube, fence: { check(): void }) => Kube;
}

/** For `alone`: everything is ours from the start. */
export function holdAlone(kube: Kube): Holding {
  return {
    ownership: () => ownsEverything,
    run: () => Promise.resolve(),
    whileLeading: (work, signal) => work(signal, kube),
    release: () => Promise.resolve(),
  };
}

/** For `leases`: starts contending at once. */
export function holdByLeases(options: Extract<HoldingOptions, { kind: "leases" }>, parts: HoldingParts): Holding {
  const { kube, clock, random, log, identity, leases, metrics } = parts;
  const name = options.name ?? "dharma";
  const { namespace } = options;
  const timing = options.timing ?? defaultLeaseTiming;
  const shared = { leases, namespace, identity, log };
  const leadership: Leadership = createLeadership({
    ...shared,
    name: `${name}-leader`,
    timing,
    observe: (status) => metrics.leading(`${name}-leader`, status),
  });
  const shards: Shards = createShards({
    ...shared,
    kube,
    clock,
    random,
    name,
    // Many leases: renewed less often than the leader's, still more than twice before the deadline.
    timing: { ...timing, retryMs: Math.min(timing.retryMs * 2, timing.renewDeadlineMs / 2.5) },
    ...(options.shards === undefined ? {} : { count: options.shards }),
    observe: (held) => metrics.shardsHeld(held),
  });
  return {
    ownership: (scope) =>
      scope === "everyReplica" ? ownsEverything : scope === "leader" ? leadership.ownership : shards.ownership,
    run: (signal) => shards.run(signal),
    whileLeading: (work, signal) =>
      leadership.whileLeading((fence) => work(fence.signal, parts.fence(kube, fence)), signal),
    async release() {
      await Promise.all([shards.release(), leadership.release()]);
    },
  };
}
