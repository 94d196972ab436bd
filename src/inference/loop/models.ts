// The models that live health is made of.
import type { Scorer, TabularScorer } from "../model/session.ts";
import type { AnomalyInput, AnomalyResult } from "../models/anomaly-detector.ts";
import type { DriftInput } from "../features/drift-history.ts";
import type { FailureInput } from "../features/failure-history.ts";

export interface LoopModels {
  readonly anomaly: Scorer<AnomalyInput, AnomalyResult>;
  readonly failure: TabularScorer<FailureInput>;
  readonly drift: TabularScorer<DriftInput>;
}
