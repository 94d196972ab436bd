// What the loop scores: anything with conditions and a past, whatever its kind.
import type { HealthSubject } from "../health.ts";
import type { DriftFacts } from "../features/drift-history.ts";
import type { FailureHistory } from "../features/failure-history.ts";
import type { Written } from "./moved.ts";

/** What happened to a subject, apart from metrics. */
export type Past = Pick<FailureHistory, "ageSeconds" | "notReady" | "restarts" | "warnings" | "failedOperations">;

export interface LoopSubject extends HealthSubject {
  readonly past: Past;
  /** Absent where drift is never looked for. */
  readonly drift?: DriftFacts;
  /** Share of requests that must succeed, 0 to 1, e.g. 0.999; absent: none was declared. */
  readonly objective?: number;
  /** What stands in its status now. */
  readonly written?: Written;
}
