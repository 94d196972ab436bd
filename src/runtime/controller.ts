// One controller: what makes it look at a key, how many passes run at once, and what follows from each outcome.
import type { KubeObject } from "../api/object.ts";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import { jittered } from "./backoff.ts";
import { type Change, type Informer, storeKey } from "./cache.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";
import type { ControllerMetrics, RuntimeMetrics } from "./metrics.ts";
import { type FindCache, OwnWrites } from "./own-writes.ts";
import type { Ownership, OwnershipChange } from "./ownership.ts";
import { type PassOutcome, runPass } from "./pass.ts";
import { meaningfulChange, reconcileAtAnnotation } from "./predicate.ts";
import type { Work } from "./queue-state.ts";
import { WorkQueue } from "./queue.ts";
import type { Priority } from "./ready-list.ts";
import type { Reconcile } from "./reconcile.ts";
import { createStatusWriter } from "./status.ts";
import type { Predicate, Trigger } from "./trigger.ts";

/** How one kind is reconciled. Durations in milliseconds. */
export interface ControllerOptions<T extends KubeObject, D extends object = object> {
  /** Lower case; the `controller` label of metrics and the `controller` field of logs. */
  readonly name: string;
  /** The kind's own cache, from `manager.cache(type)`. */
  readonly cache: Informer<T>;
  readonly reconcile: Reconcile<T, D>;
  /** Spread into the context of each pass. */
  readonly deps: D;
  /** Passes at once. Default 4. */
  readonly concurrency?: number;
  /** A pass's signal aborts after this. Default 60,000. */
  readonly timeoutMs?: number;
  /** Server-side apply's name for what this controller owns. Default `dharma-NAME`. */
  readonly fieldManager?: string;
  /** Status fields that others write, left out of the comparison. Default `["health", "compliance"]`. */
  readonly foreignStatusFields?: readonly string[];
  /** Which changes of the own kind matter. Default `meaningfulChange` (predicate.ts). */
  readonly predicate?: Predicate<T>;
  readonly triggers?: readonly Trigger[];
  /** Each object is looked at again after this, with 10 % jitter. Default 10 h. */
  readonly resyncMs?: number;
  /** The uid whose shard an object belongs to. Default its own; that of its owner keeps both on one replica. */
  readonly shardUid?: (object: T) => string;
  /** Who holds the objects: by shard (default), only the leader, or every replica. */
  readonly scope?: "sharded" | "leader" | "everyReplica";
  /** Told which objects came to this replica or went, for long work that outlives a pass. Must not throw. */
  readonly onOwnership?: (change: OwnershipChange) => void;
  /** Called when an object is gone, so that per-object state kept outside shrinks too. Must not throw. */
  readonly onGone?: (object: T) => void;
}

/** What the process gives each controller. */
export interface ControllerParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly metrics: RuntimeMetrics;
  readonly ownership: Ownership;
  readonly findCache: FindCache;
}

export interface Controller {
  readonly name: string;
  /** Resolves when every cache it reads has its first list. */
  synced(signal: AbortSignal): Promise<void>;
  /** Works until `intake` aborts; then lets passes in flight end, or aborts them with `abort`. */
  run(intake: AbortSignal, abort: AbortSignal): Promise<void>;
  /** A pass that did not end long after it was told to; undefined while all is well. */
  stuck(): string | undefined;
  readonly queue: WorkQueue;
}

const tenHoursMs = 36_000_000;
const lateMs = 1000;
/** A pass this long past its timeout ignores its signal. */
const stuckMs = 120_000;

export function createController<T extends KubeObject, D extends object>(
  options: ControllerOptions<T, D>,
  parts: ControllerParts,
): Controller {
  const { cache } = options;
  const { clock } = parts;
  const concurrency = options.concurrency ?? 4;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const predicate: Predicate<T> = options.predicate ?? meaningfulChange;
  const log = parts.log.child({ controller: options.name });
  const metrics = parts.metrics.controller(options.name, concurrency, {
    queue: () => queue,
    nowMs: () => clock.monotonic(),
  });
  const queue = new WorkQueue({ clock, observer: metrics.queue });
  const writes = new OwnWrites(clock, parts.findCache);
  const status = createStatusWriter(cache.type, {
    fieldManager: options.fieldManager ?? `dharma-${options.name}`,
    foreign: options.foreignStatusFields ?? ["health", "compliance"],
  });
  const shardUid = options.shardUid ?? ((object: T) => object.metadata.uid ?? "");
  const pass = {
    ...parts,
    cache,
    shardUid,
    reconcile: options.reconcile,
    deps: options.deps,
    timeoutMs,
    writes,
    status,
  };
  let passes = 0;

  const onChange = (change: Change<T>): void => {
    if (change.kind === "deleted") {
      queue.drop(change.key);
      writes.forget(change.key);
      status.forget(change.old);
      options.onGone?.(change.old);
      return;
    }
    if (!parts.ownership.owns(shardUid(change.new)) || !predicate(change)) return;
    queue.add(change.key, { priority: priorityOf(change) });
  };

  const attach = (signal: AbortSignal): void => {
    cache.subscribe(onChange, signal);
    for (const trigger of options.triggers ?? []) {
      trigger.attach((key, { initial, afterMs }) => {
        const text = storeKey(key);
        const object = cache.getByKey(text);
        if (object === undefined || !parts.ownership.owns(shardUid(object))) return;
        queue.add(text, { priority: initial ? "low" : "normal", afterMs });
      }, signal);
    }
    parts.ownership.subscribe((change) => {
      options.onOwnership?.(change);
      for (const object of cache.list()) {
        if (!change.concerns(shardUid(object))) continue;
        const text = storeKey(object.metadata);
        if (change.kind === "gained") queue.add(text, { priority: "low" });
        else queue.drop(text);
      }
    }, signal);
  };

  const work = async (intake: AbortSignal, abort: AbortSignal): Promise<void> => {
    for (let next = await queue.take(intake); next !== undefined; next = await queue.take(intake)) {
      passes += 1;
      const { namespace, name } = keyFields(next.key);
      const passLog = log.child({ namespace, name, pass: passes });
      const began = clock.monotonic();
      const outcome = await runPass(pass, next.key, passLog, abort);
      settle(queue, next, outcome, jittered(options.resyncMs ?? tenHoursMs, 0.1, parts.random));
      report(metrics, passLog, outcome, (clock.monotonic() - began) / 1000);
    }
  };

  return {
    name: options.name,
    queue,
    async synced(signal) {
      await Promise.all([cache.synced(signal), ...(options.triggers ?? []).map((trigger) => trigger.synced(signal))]);
    },
    async run(intake, abort) {
      attach(intake);
      const timers = queue.run(intake);
      await Promise.all(Array.from({ length: concurrency }, () => work(intake, abort)));
      queue.close();
      await timers;
    },
    stuck() {
      for (const { key, takenAt } of queue.active.values()) {
        const ms = clock.monotonic() - takenAt;
        if (ms > timeoutMs + stuckMs)
          return `${options.name}: the pass of ${key} has run for ${Math.round(ms / 1000)} s and ignores its signal`;
      }
      return undefined;
    },
  };
}

/** What comes after an outcome. Each branch is one rule of the runtime. */
function settle(queue: WorkQueue, work: Work, outcome: PassOutcome, resyncMs: number): void {
  switch (outcome.kind) {
    case "done": {
      const after = outcome.requeueAfter;
      if (after === undefined || !Number.isFinite(after)) {
        return queue.succeeded(work, { afterMs: resyncMs, priority: "low" });
      }
      if (after <= 0) return queue.failed(work);
      return queue.succeeded(work, { afterMs: Math.min(after, resyncMs), priority: "normal" });
    }
    case "gone":
    case "notOurs":
    case "interrupted":
      return queue.succeeded(work);
    case "late":
      return queue.succeeded(work, { afterMs: lateMs, priority: work.priority });
    case "waiting":
    case "terminal":
      return queue.succeeded(work, { afterMs: resyncMs, priority: "low" });
    case "retry":
      return queue.failed(work, outcome.afterMs);
    case "timedOut":
    case "defect":
      return queue.failed(work);
  }
}

function report(metrics: ControllerMetrics, log: Logger, outcome: PassOutcome, seconds: number): void {
  switch (outcome.kind) {
    case "gone":
    case "notOurs":
    case "late":
      return;
    case "interrupted":
      return log.info("pass interrupted; its next holder continues");
    case "done": {
      const after = outcome.requeueAfter;
      metrics.passEnded(after === undefined ? "success" : after > 0 ? "requeue_after" : "requeue", seconds);
      if (after !== undefined && !Number.isFinite(after))
        log.error("requeueAfter is not a number of milliseconds", { after });
      return log.debug("reconciled", { seconds });
    }
    case "waiting":
      metrics.passEnded("success", seconds);
      return log.info("waiting for input", { seconds, reason: outcome.error.reason, error: outcome.error.message });
    case "terminal":
      metrics.terminalError();
      metrics.passEnded("error", seconds);
      return log.error("reconcile failed for good", { seconds, reason: outcome.error.reason, error: outcome.error });
    case "retry":
      metrics.passEnded("error", seconds);
      return log.warn("reconcile failed; it will be tried again", { seconds, error: outcome.error });
    case "timedOut":
      metrics.timeout();
      metrics.passEnded("error", seconds);
      return log.error("reconcile timed out; it will be tried again", { seconds, error: outcome.error });
    case "defect":
      metrics.panic();
      metrics.passEnded("error", seconds);
      return log.error("reconcile hit a defect; it will be tried again", { seconds, error: outcome.error });
  }
}

/** Lists wait behind news; what a person asks for right now goes first. */
function priorityOf(change: Change<KubeObject>): Priority {
  if (change.initial) return "low";
  if (change.kind !== "modified") return "normal";
  const was = change.old.metadata;
  const is = change.new.metadata;
  const asked = was.annotations?.[reconcileAtAnnotation] !== is.annotations?.[reconcileAtAnnotation];
  return asked || was.deletionTimestamp !== is.deletionTimestamp ? "high" : "normal";
}

function keyFields(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
