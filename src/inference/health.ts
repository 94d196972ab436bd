// The contract of health: one shape on every kind, Unknown without data.
import type { Condition, HealthClass } from "../api/index.ts";

export interface HealthReason {
  /** What spoke, e.g. `condition/Ready`. */
  readonly signal: string;
  /** Its share of the points lost; all reasons together give 100. */
  readonly contributionPercent: number;
  readonly message: string;
}

/** status.health of every kind (api.md). Numbers are absent where there is no data for them. */
export interface HealthStatus {
  readonly score?: number;
  readonly class: HealthClass;
  readonly anomalyPercent?: number;
  readonly failurePercent?: number;
  readonly driftPercent?: number;
  readonly reasons: readonly HealthReason[];
  readonly models: readonly { readonly name: string; readonly version: string }[];
  /** RFC 3339. */
  readonly updateTime: string;
}

export interface HealthSubject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  /** metadata.generation: conditions of an older one are no data. */
  readonly generation: number;
  readonly observedGeneration?: number;
  readonly conditions: readonly Condition[];
}

/** Scores an object. Rejects only with the signal's reason: what can't be judged is Unknown. */
export interface Health {
  score(subject: HealthSubject, options: { readonly signal: AbortSignal }): Promise<HealthStatus>;
}
