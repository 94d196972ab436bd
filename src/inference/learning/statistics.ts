// What thresholds are learnt from: how many alarms were right and how many were not, forgotten by half a month after month.

/** Decayed counts of answered alarms. These two numbers are all that a threshold depends on. */
export interface AlarmStatistics {
  /** Alarms somebody called false. */
  readonly wrong: number;
  /** Alarms somebody called true, or that a remediation answered with success. */
  readonly right: number;
  /** The time the counts are decayed to, ms since the epoch. */
  readonly time: number;
}

/** What somebody, or the outcome of a remediation, says of an alarm. Inconclusive answers are not given. */
export type Answer = "TrueAlarm" | "FalseAlarm";

export const noStatistics: AlarmStatistics = { wrong: 0, right: 0, time: 0 };

/** Half of what was learnt is forgotten in this time: systems change. */
export const halfLifeMs = 30 * 86_400_000;

/** The counts as of `now`. A clock that went back decays nothing. */
export function decayed({ wrong, right, time }: AlarmStatistics, now: number): AlarmStatistics {
  const kept = now > time ? 0.5 ** ((now - time) / halfLifeMs) : 1;
  return { wrong: wrong * kept, right: right * kept, time: Math.max(time, now) };
}

/** The counts after one more answer at `time`; one that comes late counts for as much as is left of it. */
export function answered(before: AlarmStatistics, answer: Answer, time: number): AlarmStatistics {
  const counts = decayed(before, time);
  const weight = time < counts.time ? 0.5 ** ((counts.time - time) / halfLifeMs) : 1;
  return answer === "FalseAlarm"
    ? { ...counts, wrong: counts.wrong + weight }
    : { ...counts, right: counts.right + weight };
}

/** Several counts as one, as of `now`. */
export function together(all: readonly AlarmStatistics[], now: number): AlarmStatistics {
  return all
    .map((one) => decayed(one, now))
    .reduce((sum, one) => ({ wrong: sum.wrong + one.wrong, right: sum.right + one.right, time: now }), {
      ...noStatistics,
      time: now,
    });
}
