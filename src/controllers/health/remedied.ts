// What a remedy says of an alarm that ended with it: the outcome of a remediation is an answer like a person's.
import type { Feedback, HealthRecord } from "../../inference/index.ts";

/** A change that was made because something was wrong, and succeeded. */
export interface Remedy {
  /** Of the BlueprintRun or Remediation. */
  readonly name: string;
  /** When it was done, ms since the epoch. */
  readonly time: number;
}

/** An alarm that outlasts a remedy by more was not ended by it: as long as a remediation's verification window. */
const windowMs = 600_000;

/**
 * The answer to the alarm that the newest records (oldest first) tell of and that is over at `now`: it was right where
 * something was mended while it lasted and it ended soon after. Everything else is inconclusive: undefined. It is told of the
 * judgement with which the alarm began, so that one alarm gets one answer of one remedy.
 */
export function answerOf(
  records: readonly HealthRecord[],
  remedies: readonly Remedy[],
  now: number,
): Feedback | undefined {
  // While a change is at work it is not known whether the alarm is over.
  const quiet = records.findLastIndex((record) => !isAlarm(record) && record.status.class !== "Unknown");
  const first = records.slice(quiet + 1).find(isAlarm);
  if (first === undefined) return undefined;
  const last = remedies
    .filter(({ time }) => time >= first.time && time <= now && now - time <= windowMs)
    .toSorted((a, b) => a.time - b.time)
    .at(-1);
  if (last === undefined) return undefined;
  return { answer: "TrueAlarm", from: last.name, time: now, judgement: first.status.updateTime };
}

function isAlarm({ status, threshold }: HealthRecord): boolean {
  return (status.anomalyPercent ?? 0) / 100 > threshold;
}
