// Shards: replicas announce themselves, agree on who should hold what, and hand over what is another's.
import { createHash } from "node:crypto";
import { leases as leaseType } from "../api/core.ts";
import type { Clock, Random } from "../kube/clock.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import { assignShards, shardOf } from "./assignment.ts";
import { jittered } from "./backoff.ts";
import type { LeaseTiming } from "./election.ts";
import type { Contest, Leases } from "./leases.ts";
import type { Logger } from "./log.ts";
import { Members, shardsAnnotation, wantedShards } from "./members.ts";
import type { Ownership } from "./ownership.ts";
import { Units } from "./units.ts";

export interface ShardsOptions {
  readonly kube: Kube;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** First part of all Lease names. */
  readonly name: string;
  readonly namespace: string;
  readonly identity: string;
  readonly timing: LeaseTiming;
  /** Number of shards; the same on all replicas. Default 16. */
  readonly count?: number;
  readonly observe: (held: number) => void;
}

/** The shards of this replica. */
export interface Shards {
  readonly ownership: Ownership;
  readonly held: readonly number[];
  /** Announces this replica and keeps its shards in line until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Hands everything over: waits for passes in flight, then gives up shards and announcement. After `run` has ended. */
  release(): Promise<void>;
}

/** Label of announcement Leases; its value is the `name` option. */
export const memberLabel = "iacdharma.com/member-of";

export function createShards(options: ShardsOptions): Shards {
  const { kube, leases, clock, log, name, namespace, identity, timing } = options;
  const count = options.count ?? 16;
  const units = new Units((uid) => shardOf(uid, count));
  const members = new Members();
  const contests = new Map<number, Contest>();
  const leaving = new Map<number, Promise<void>>();
  let wanted: ReadonlySet<number> = new Set();
  let announcement: Contest | undefined;
  let releasing = false;
  options.observe(0);

  const contend = (shard: number): Contest =>
    leases.contend(
      { name: `${name}-shard-${shard}`, namespace, identity, timing, labels: {}, annotations: {}, onRelease: "clear" },
      {
        acquired(hold) {
          log.info("holds shard", { shard });
          if (leaving.has(shard)) return; // won anew while it is being handed over
          units.open(shard, hold);
          options.observe(units.held.length);
        },
        lost(why) {
          log.info("no longer holds shard", { shard, why });
          units.drop(shard);
          options.observe(units.held.length);
        },
      },
    );

  /** No more claims, wait for those given, then let go; or stay when the shard is wanted back meanwhile. */
  const handOver = async (shard: number, contest: Contest): Promise<void> => {
    await units.drain(shard);
    if (wanted.has(shard)) {
      if (units.held.includes(shard)) units.reopen(shard);
      else if (contest.hold) units.open(shard, contest.hold);
      return;
    }
    contests.delete(shard);
    await contest.end();
  };

  const settle = (): void => {
    for (const shard of wanted) if (!contests.has(shard) && !leaving.has(shard)) contests.set(shard, contend(shard));
    for (const [shard, contest] of contests) {
      if (wanted.has(shard) || leaving.has(shard)) continue;
      leaving.set(
        shard,
        handOver(shard, contest).finally(() => leaving.delete(shard)),
      );
    }
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    const labelSelector = `${memberLabel}=${name}`;
    const timeoutMs = timing.renewDeadlineMs / 2;
    const page = await kube.list(leaseType, { namespace, labelSelector, signal, timeoutMs, retry: "none" });
    const view = members.look(page.items, clock.monotonic());
    wanted = announcement?.hold ? wantedShards(identity, view.live, count, assignShards) : new Set();
    settle();
    for (const lease of view.stale) {
      const { uid, resourceVersion } = lease.metadata;
      const exactly = {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      // oxlint-disable-next-line no-await-in-loop -- rare, and in no hurry
      await kube
        .delete(leaseType, { namespace, name: lease.metadata.name }, { signal, ...exactly })
        .catch((error: unknown) => {
          if (!isKubeError(error, "notFound", "conflict")) throw error;
        });
    }
  };

  return {
    ownership: units,
    get held() {
      return units.held;
    },
    async run(signal) {
      announcement = leases.contend(
        {
          name: `${name}-member-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`,
          namespace,
          identity,
          timing,
          labels: { [memberLabel]: name },
          annotations: { [shardsAnnotation]: String(count) },
          onRelease: "delete",
        },
        { acquired: () => {}, lost: (why) => log[releasing ? "info" : "warn"]("no longer announced", { why }) },
      );
      while (!signal.aborted) {
        try {
          await look(signal);
        } catch (error) {
          if (!signal.aborted) log.warn("could not see the other replicas; shards stay as they are", { error });
        }
        await clock.sleep(jittered(timing.retryMs, 0.2, options.random), signal).catch(() => {});
      }
    },
    async release() {
      releasing = true;
      wanted = new Set();
      settle();
      await Promise.all(leaving.values());
      await announcement?.end();
    },
  };
}
