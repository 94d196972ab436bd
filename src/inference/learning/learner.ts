// Thresholds by target, learnt within each namespace; between namespaces only counts are shared, and only where asked.
import { type Feedback, learn, type Learnt, nothingLearnt } from "./feedback.ts";
import { type AlarmStatistics, together } from "./statistics.ts";
import { thresholdOf } from "./threshold.ts";

/** Which target learns, and in which namespace it is ("" for what is of the cluster). */
export interface Target {
  readonly uid: string;
  readonly namespace: string;
}

export interface Learner {
  /** What is kept of a target. */
  learnt(uid: string): Learnt;
  /** Takes up what was kept before a restart. */
  restore(target: Target, learnt: Learnt): void;
  /** Learns an answer and gives what is to be kept; the same object as before where it says nothing new. */
  take(target: Target, feedback: Feedback): Learnt;
  threshold(uid: string, now: number): number;
  /** Of a target that is gone. */
  forget(uid: string): void;
  /** What leaves the namespace, as of `now`: two counts, no names, no series, no single answer. */
  shared(namespace: string, now: number): AlarmStatistics;
}

/** `share`: thresholds of a namespace begin from the counts of the others; otherwise each namespace is alone. */
export function createLearner({ share }: { readonly share: "counts" | "nothing" }): Learner {
  const kept = new Map<string, { readonly namespace: string; readonly learnt: Learnt }>();
  /** Counts by namespace, made anew after a change: thresholds are asked for every object in every cycle. */
  let totals: ReadonlyMap<string, AlarmStatistics> | undefined;
  const keep = ({ uid, namespace }: Target, learnt: Learnt): void => {
    kept.set(uid, { namespace, learnt });
    totals = undefined;
  };
  const totalsAt = (now: number): ReadonlyMap<string, AlarmStatistics> => {
    if (totals !== undefined) return totals;
    const all = Map.groupBy(kept.values(), ({ namespace }) => namespace);
    const summed = [...all].map(([namespace, targets]) => {
      const statistics = targets.map(({ learnt }) => learnt.statistics);
      return [namespace, together(statistics, now)] as const;
    });
    totals = new Map(summed);
    return totals;
  };

  return {
    learnt: (uid) => kept.get(uid)?.learnt ?? nothingLearnt,
    restore: keep,
    take(target, feedback) {
      const learnt = learn(kept.get(target.uid)?.learnt ?? nothingLearnt, feedback);
      keep(target, learnt);
      return learnt;
    },
    threshold(uid, now) {
      const own = kept.get(uid);
      const statistics = own?.learnt.statistics ?? nothingLearnt.statistics;
      if (share === "nothing") return thresholdOf(statistics, now);
      const others = [...totalsAt(now)].filter(([namespace]) => namespace !== own?.namespace);
      return thresholdOf(
        statistics,
        now,
        others.map(([, counts]) => counts),
      );
    },
    forget(uid) {
      kept.delete(uid);
      totals = undefined;
    },
    shared: (namespace, now) => together([totalsAt(now).get(namespace) ?? nothingLearnt.statistics], now),
  };
}
