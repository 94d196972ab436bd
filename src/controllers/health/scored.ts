// What is scored: objects of our kinds and selected workloads, as the loop sees them.
import type { Condition, Health, KubeObject } from "../../api/index.ts";
import type { LoopSubject, Past } from "../../inference/index.ts";
import type { DriftFacts } from "../../inference/index.ts";

/** An object of any of our kinds, as far as health goes. */
export interface ScoredObject extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly health?: Health;
  };
}

/** What is known of an object besides itself. */
export interface Facts {
  readonly past: Past;
  readonly drift?: DriftFacts;
}

/** Share of requests that must succeed, in percent, e.g. "99.9": an error budget to burn. */
export const objectiveAnnotation = "iacdharma.com/slo-percent";

/** An object of one of our kinds as a subject; undefined for one that is not stored, or is going. */
export function subjectOf(object: ScoredObject, facts: Facts): LoopSubject | undefined {
  const { uid, namespace, name, generation = 1, deletionTimestamp } = object.metadata;
  if (uid === undefined || deletionTimestamp !== undefined) return undefined;
  const { observedGeneration, conditions = [], health } = object.status ?? {};
  const objective = objectiveOf(object);
  return {
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    generation,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    conditions,
    ...facts,
    ...(objective === undefined ? {} : { objective }),
    ...(health === undefined ? {} : { written: health }),
  };
}

/** The declared objective as a share of 1; undefined where there is none, or none that can be met or missed. */
export function objectiveOf(object: KubeObject): number | undefined {
  const percent = Number(object.metadata.annotations?.[objectiveAnnotation] ?? Number.NaN);
  return percent > 0 && percent < 100 ? percent / 100 : undefined;
}
