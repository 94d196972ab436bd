// What a Blueprint's runs tell of its past: failures of operations, changes, checks and what they found.
import type { Blueprint, BlueprintRun, Reason, RunDrift } from "../api/index.ts";
import { recentTimes } from "./recent-times.ts";

/** Times are milliseconds since the epoch, oldest first, each at most once, of the last 90 days and 256 at most. */
export interface Outcomes {
  /** Operations that failed at the cloud or in the engine; refusals by people, policies and budgets are none. */
  readonly failedOperations: readonly number[];
  /** Changes that were wanted: applies, rollbacks, imports. Healing is none. */
  readonly changeTimes: readonly number[];
  /** Checks that found drift which the check before had not found. */
  readonly driftTimes: readonly number[];
  /** The first check that came to a result, or the first apply; absent: neither. */
  readonly firstCheckTime?: number;
  /** The newest check that came to a result. */
  readonly lastCheckTime?: number;
}

const day = 86_400_000;
const memoryMs = 90 * day;

const refusals: ReadonlySet<Reason> = new Set<Reason>([
  "ApprovalExpired",
  "ApprovalRejected",
  "ApprovalUnattested",
  "ApproverIsAuthor",
  "ApproverNotAllowed",
  "BudgetExceeded",
  "CostUnknown",
  "PlanDiffers",
  "PlanStale",
  "PolicyDenied",
  "PolicyUnavailable",
  "ProtectedResource",
  "Superseded",
]);

/** What the runs (in any order) tell at `now`; those that ended later do not count. */
export function outcomesOf(runs: readonly BlueprintRun[], now: number): Outcomes {
  const ended = runs
    .map((run) => ({ run, time: Date.parse(run.status?.completionTime ?? "") }))
    .filter(({ time }) => time <= now)
    .toSorted((a, b) => a.time - b.time);
  const failed: number[] = [];
  const changed: number[] = [];
  const found: number[] = [];
  const checked: number[] = [];
  const applied: number[] = [];
  let known: ReadonlySet<string> = new Set();
  for (const { run, time } of ended) {
    const { operation, cause } = run.spec;
    const { phase, error, drift } = run.status ?? {};
    if (phase === "Failed" && !(error !== undefined && refusals.has(error.reason))) failed.push(time);
    if (phase !== "Succeeded") continue;
    if (operation === "Refresh" && drift !== undefined) {
      checked.push(time);
      const seen = driftedOf(drift);
      // A find that was only reported is found again by every check: it is no new one.
      if (seen.size > known.size || [...seen].some((each) => !known.has(each))) found.push(time);
      known = seen;
    } else if (operation === "Apply" || operation === "Rollback" || operation === "Import") {
      if (operation !== "Import") known = new Set();
      if (operation === "Apply") applied.push(time);
      if (cause !== "Drift") changed.push(time);
    }
  }
  const first = Math.min(checked[0] ?? Infinity, applied[0] ?? Infinity);
  const last = checked.at(-1);
  return {
    failedOperations: recentTimes(failed, now, memoryMs),
    changeTimes: recentTimes(changed, now, memoryMs),
    driftTimes: recentTimes(found, now, memoryMs),
    ...(Number.isFinite(first) ? { firstCheckTime: first } : {}),
    ...(last === undefined ? {} : { lastCheckTime: last }),
  };
}

/**
 * Both together: runs are deleted by spec.runHistoryLimit, and what was seen of them before is kept by merging. Finds up to the last check that
 * `earlier` knows are taken from `earlier`: it had the checks before it at hand, and `later` may name an old find as new for want of them.
 */
export function mergeOutcomes(earlier: Outcomes, later: Outcomes, now: number): Outcomes {
  const both = (times: (one: Outcomes) => readonly number[]) =>
    recentTimes([...times(earlier), ...times(later)], now, memoryMs);
  const known = earlier.lastCheckTime ?? -Infinity;
  const first = Math.min(earlier.firstCheckTime ?? Infinity, later.firstCheckTime ?? Infinity);
  const last = Math.max(earlier.lastCheckTime ?? -Infinity, later.lastCheckTime ?? -Infinity);
  const found = [...earlier.driftTimes, ...later.driftTimes.filter((time) => time > known)];
  return {
    failedOperations: both((one) => one.failedOperations),
    changeTimes: both((one) => one.changeTimes),
    driftTimes: recentTimes(found, now, memoryMs),
    ...(Number.isFinite(first) ? { firstCheckTime: first } : {}),
    ...(Number.isFinite(last) ? { lastCheckTime: last } : {}),
  };
}

/**
 * What two memories of one Blueprint tell, in either order: the one with the longer history counts as the earlier.
 * What lies after `now` is left out.
 */
export function joinOutcomes(one: Outcomes, other: Outcomes, now: number): Outcomes {
  const [a, b] = [untilNow(one, now), untilNow(other, now)];
  return goesBefore(a, b) ? mergeOutcomes(a, b, now) : mergeOutcomes(b, a, now);
}

/** Who looked first had the checks at hand that tell an old find from a new one; who knows an older find, likewise. */
function goesBefore(a: Outcomes, b: Outcomes): boolean {
  const first = (a.firstCheckTime ?? Infinity) - (b.firstCheckTime ?? Infinity);
  if (first !== 0 && !Number.isNaN(first)) return first < 0;
  const oldest = (a.driftTimes[0] ?? Infinity) - (b.driftTimes[0] ?? Infinity);
  if (oldest !== 0 && !Number.isNaN(oldest)) return oldest < 0;
  return JSON.stringify(a.driftTimes) + a.lastCheckTime <= JSON.stringify(b.driftTimes) + b.lastCheckTime;
}

function untilNow({ firstCheckTime: first, lastCheckTime: last, ...times }: Outcomes, now: number): Outcomes {
  return {
    ...times,
    ...(first === undefined || first > now ? {} : { firstCheckTime: first }),
    ...(last === undefined || last > now ? {} : { lastCheckTime: last }),
  };
}

/** Other Blueprints of the same namespace. */
export interface Neighbours {
  readonly neighbours: number;
  /** Drift found in them in the last 7 days. */
  readonly neighbourDrifts: number;
}

/** Sums up the outcomes of the others. */
export function neighboursOf(others: readonly Pick<Outcomes, "driftTimes">[], now: number): Neighbours {
  const recent = others.flatMap(({ driftTimes }) => driftTimes.filter((time) => time <= now && time > now - 7 * day));
  return { neighbours: others.length, neighbourDrifts: recent.length };
}

/** Facts about a Blueprint's drift, in the shape that drift predictors take. */
export interface BlueprintDrift extends Partial<Neighbours> {
  readonly firstCheckTime?: number;
  readonly lastCheckTime?: number;
  readonly driftTimes: readonly number[];
  readonly changeTimes: readonly number[];
  readonly resources: number;
  readonly healing: "Heal" | "Report";
}

/** The facts; undefined where nobody looks for drift. */
export function driftFactsOf(
  blueprint: Blueprint,
  outcomes: Outcomes,
  around?: Neighbours,
): BlueprintDrift | undefined {
  const { mode } = blueprint.spec.drift;
  if (mode === "Ignore") return undefined;
  const { failedOperations: _, ...drift } = outcomes;
  return {
    ...drift,
    resources: blueprint.status?.resources ?? 0,
    healing: mode === "Heal" ? "Heal" : "Report",
    ...around,
  };
}

/** What differs, by resource and property. The list is cut at 100: then the count says whether there is more. */
function driftedOf(drift: RunDrift): ReadonlySet<string> {
  const named = (drift.resources ?? []).flatMap(({ urn, kind, changed = [] }) =>
    changed.length === 0 ? [`${kind} ${urn}`] : changed.map((property) => `${kind} ${urn} ${property}`),
  );
  const more = Math.max(0, drift.driftedResources - (drift.resources ?? []).length);
  return new Set([...named, ...Array.from({ length: Math.min(more, 10_000) }, (_, index) => `more ${index}`)]);
}
