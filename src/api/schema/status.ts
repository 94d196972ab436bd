// What every status has: observed generation, conditions, health.
import { type Static, Type } from "typebox";
import type { Frozen } from "./frozen.ts";
import { percent } from "./number.ts";
import { byName } from "./schedule.ts";
import { text, time } from "./text.ts";

const conditionSchema = Type.Object(
  {
    type: text({ description: "Ready, Reconciling, Stalled or one of the kind's own.", maxLength: 316 }),
    status: Type.Enum(["True", "False", "Unknown"], {
      description: "Whether it holds; Unknown when it could not be judged.",
    }),
    reason: text({ description: "A code of the documented list of reasons.", maxLength: 1024 }),
    message: text({ description: "What happened and what to do next.", maxLength: 32768 }),
    lastTransitionTime: time("When status last changed."),
    observedGeneration: Type.Optional(
      Type.Integer({ description: "The metadata.generation it was judged for.", minimum: 0 }),
    ),
  },
  { description: "One aspect of the state." },
);

/** metav1 conditions, a map by type. */
export const conditionsSchema = Type.Array(conditionSchema, {
  description:
    "The truth about the object. Ready is always there; Reconciling and Stalled only while True, never both.",
  maxItems: 32,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
});

/** Health, the same shape on all kinds. */
export const healthSchema = Type.Object(
  {
    score: Type.Optional(
      Type.Integer({ description: "0 (worst) to 100 (best); absent without data.", minimum: 0, maximum: 100 }),
    ),
    class: Type.Enum(["Healthy", "Degraded", "Critical", "Unknown"], {
      description: "Healthy from 80, Degraded from 50, Critical below, Unknown without data.",
    }),
    anomalyPercent: Type.Optional(percent("How unusual the recent signals are.")),
    failurePercent: Type.Optional(percent("Probability of failure within the model's horizon.")),
    driftPercent: Type.Optional(percent("Probability of drift before the next check.")),
    reasons: Type.Optional(
      Type.Array(
        Type.Object({
          signal: text({ description: "The signal that moved the score.", maxLength: 253 }),
          contributionPercent: percent("Share of the lost points."),
          message: text({ description: "What the signal shows." }),
        }),
        { description: "Why the score is not 100, largest contribution first.", maxItems: 16 },
      ),
    ),
    models: Type.Optional(
      Type.Array(
        Type.Object({
          name: text({ description: "Name of the model or baseline.", maxLength: 253 }),
          version: text({ description: "Its version.", maxLength: 253 }),
        }),
        { description: "What judged.", maxItems: 16, ...byName },
      ),
    ),
    updateTime: Type.Optional(time("When the score was last written.")),
  },
  { description: "Written by the inference loop with a field manager of its own." },
);

/** Health of an object; written by the inference loop only. */
export type Health = Frozen<Static<typeof healthSchema>>;
/** Class of a health score: Healthy from 80, Degraded from 50, Critical below, Unknown without data. */
export type HealthClass = Health["class"];

/** The class that a score belongs to. */
export function healthClass(score: number | undefined): HealthClass {
  if (score === undefined) return "Unknown";
  if (score >= 80) return "Healthy";
  return score >= 50 ? "Degraded" : "Critical";
}

/** The fields every status starts with. */
export const statusFields = {
  observedGeneration: Type.Optional(
    Type.Integer({ description: "The metadata.generation this status was computed for.", minimum: 0 }),
  ),
  conditions: Type.Optional(conditionsSchema),
  health: Type.Optional(healthSchema),
};
