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
  const statisticsOf = (belongs: (namespace: string) => boolean): readonly AlarmStatistics[] =>
    [...kept.values()].filter(({ namespace }) => belongs(namespace)).map(({ learnt }) => learnt.statistics);
  const shared = (namespace: string, now: number): AlarmStatistics =>
    together(
      statisticsOf((other) => other === namespace),
      now,
    );

  return {
    learnt: (uid) => kept.get(uid)?.learnt ?? nothingLearnt,
    restore: ({ uid, namespace }, learnt) => void kept.set(uid, { namespace, learnt }),
    take({ uid, namespace }, feedback) {
      const learnt = learn(kept.get(uid)?.learnt ?? nothingLearnt, feedback);
      kept.set(uid, { namespace, learnt });
      return learnt;
    },
    threshold(uid, now) {
      const own = kept.get(uid);
      if (share === "nothing") return thresholdOf(own?.learnt.statistics ?? nothingLearnt.statistics, now);
      const others = new Set([...kept.values()].map(({ namespace }) => namespace));
      if (own !== undefined) others.delete(own.namespace);
      return thresholdOf(
        own?.learnt.statistics ?? nothingLearnt.statistics,
        now,
        [...others].map((namespace) => shared(namespace, now)),
      );
    },
    forget: (uid) => void kept.delete(uid),
    shared,
  };
}
