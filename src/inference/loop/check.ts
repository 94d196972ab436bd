// Checks the models on what really came: each cycle a few subjects are predicted by everybody and compared a day later, and
// detectors are tried on a panel of series (panel.ts).
import type { Random } from "../../kube/index.ts";
import type { RunOptions } from "../model/session.ts";
import type { SamplesOf } from "./advance.ts";
import { createPanel } from "./panel.ts";
import { type Actual, createForecasts, type Forecasts, horizonMs } from "../learning/forecasts.ts";
import type { DriftInput } from "../features/drift-history.ts";
import type { FailureInput } from "../features/failure-history.ts";
import type { CheckedSlot, LiveSlots } from "./slots.ts";
import type { LoopSubject } from "./subject.ts";

/** What a cycle saw, and what its models were asked about a subject. */
export interface Seen {
  readonly subjects: readonly LoopSubject[];
  readonly subject: (uid: string) => LoopSubject | undefined;
  readonly questions: {
    readonly failure: (subject: LoopSubject) => FailureInput;
    readonly drift: (subject: LoopSubject) => DriftInput | undefined;
  };
  readonly samples: SamplesOf;
}

export type Check = (seen: Seen, now: number, options: RunOptions) => Promise<void>;

/** Subjects predicted by everybody in one cycle. */
const perCycle = 16;
/** A failure is so long without Ready, as the model was trained on. */
const failureMs = 600_000;

/** A check to be called after each cycle. */
export function createCheck(slots: Omit<LiveSlots, "current">, random: Random): Check {
  const panel = createPanel(slots.anomaly, { random });
  const failures = createForecasts();
  const drifts = createForecasts();
  return async ({ subjects, subject, questions, samples }, now, options) => {
    await panel(samples, now, options);
    settle(slots.failure, failures, now, ({ uid, time }) => failed(subject(uid), time, now));
    settle(slots.drift, drifts, now, ({ uid, time }) => drifted(subject(uid), time));
    const chosen = Array.from({ length: Math.min(perCycle, subjects.length) }, () => {
      const one = subjects[Math.floor(random() * subjects.length)];
      return one === undefined ? [] : [one];
    }).flat();
    await predict(slots.failure, failures, chosen, questions.failure, now, options);
    await predict(slots.drift, drifts, chosen, questions.drift, now, options);
  };
}

function settle<I>(slot: CheckedSlot<I>, forecasts: Forecasts, now: number, actual: Actual): void {
  for (const { forecast, actual: came } of forecasts.due(now, actual)) slot.outcome(forecast.predicted, came);
}

async function predict<I>(
  slot: CheckedSlot<I>,
  forecasts: Forecasts,
  chosen: readonly LoopSubject[],
  question: (subject: LoopSubject) => I | undefined,
  now: number,
  options: RunOptions,
): Promise<void> {
  const wanted = new Map(
    chosen.flatMap((subject): [string, I][] => {
      const asked = forecasts.wants(subject.uid, now) ? question(subject) : undefined;
      return asked === undefined ? [] : [[subject.uid, asked]];
    }),
  );
  if (wanted.size === 0) return;
  const predictions = await slot.predict([...wanted.values()], options);
  for (const [index, uid] of [...wanted.keys()].entries()) {
    const predicted = predictions[index];
    if (predicted !== undefined) forecasts.hold({ uid, time: now, predicted });
  }
}

/** Whether it was without Ready for long enough within a day of `time`; undefined for one that is gone. */
function failed(subject: LoopSubject | undefined, time: number, now: number): 0 | 1 | undefined {
  if (subject === undefined) return undefined;
  const end = time + horizonMs;
  const long = subject.past.notReady.some(({ from, to }) => {
    const within = Math.min(to ?? now, end) - Math.max(from, time);
    return within >= failureMs;
  });
  return long ? 1 : 0;
}

/** Whether drift was found within a day of `time`; undefined where nobody looked after the day was over. */
function drifted(subject: LoopSubject | undefined, time: number): 0 | 1 | undefined {
  const end = time + horizonMs;
  const { driftTimes = [], lastCheckTime } = subject?.drift ?? {};
  if (driftTimes.some((found) => found > time && found <= end)) return 1;
  return lastCheckTime !== undefined && lastCheckTime >= end ? 0 : undefined;
}
