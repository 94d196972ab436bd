// Runs the loop's cycles, one after the other, and asks for a pass of every object whose score moved.
import type { HealthLoop, LoopSubject } from "../../inference/index.ts";
import type { Clock } from "../../kube/index.ts";
import type { Logger, Task } from "../../runtime/index.ts";
import type { LoopMetrics } from "./metrics.ts";

export interface LoopTaskOptions {
  readonly loop: Pick<HealthLoop, "cycle">;
  /** Asks for a pass of the subject's controller. */
  readonly request: (subject: LoopSubject) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: LoopMetrics;
  readonly intervalMs: number;
  /** Resolves when the models have been looked for once: series had better begin with the model that stays. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
}

/** The first cycle waits no longer for models: the baselines judge until they come. */
const patienceMs = 30_000;

/** The least pause between two cycles, as a share of the interval: a loop that cannot keep up still leaves room. */
const leastPause = 0.1;

/** A task of every replica. A cycle that fails is told and tried again at the next interval; what is written stays. */
export function loopTask({ loop, request, clock, log, metrics, intervalMs, settled }: LoopTaskOptions): Task {
  const told = new Set<string>();
  return {
    name: "health-loop",
    scope: "everyReplica",
    async run(signal) {
      await firstOf(settled, clock, signal);
      while (!signal.aborted) {
        const started = clock.monotonic();
        try {
          const cycle = await loop.cycle({ signal });
          metrics.cycled(cycle, (clock.monotonic() - started) / 1000);
          for (const subject of cycle.moved) request(subject);
          tellNew(cycle.problems, told, log);
        } catch (error) {
          if (signal.aborted) return;
          metrics.failed();
          log.warn("health could not be scored; tried again at the next cycle", { error });
        }
        const left = intervalMs - (clock.monotonic() - started);
        try {
          await clock.sleep(Math.max(intervalMs * leastPause, left), signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },
  };
}

async function firstOf(settled: LoopTaskOptions["settled"], clock: Clock, signal: AbortSignal): Promise<void> {
  const round = new AbortController();
  const either = AbortSignal.any([signal, round.signal]);
  try {
    await Promise.race([settled(either), clock.sleep(patienceMs, either)]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    round.abort(new Error("the loop begins"));
  }
}

interface Problem {
  readonly source: string;
  readonly reason: string;
  readonly message: string;
}

/** A problem that lasts is told once; one that went and came back, again. */
function tellNew(problems: readonly Problem[], told: Set<string>, log: Logger): void {
  const present = new Set(problems.map(({ source, reason }) => `${source} ${reason}`));
  for (const { source, reason, message } of problems) {
    const key = `${source} ${reason}`;
    if (!told.has(key)) log.warn("a source of signals gives less than it should", { source, reason, message });
  }
  told.clear();
  for (const key of present) told.add(key);
}
