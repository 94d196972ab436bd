// What an incident is about: an alert's text sorted into the labels its model was trained with.
import { hashedText, textLength } from "../features/text-ngrams.ts";
import { ModelError } from "../model/errors.ts";
import { type Manifest, thresholdOf } from "../model/manifest.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { rowOf } from "../model/tensor.ts";

/** The text fields of an alert; any may be missing. Other texts go into `summary` alone. */
export interface IncidentInput {
  readonly name?: string;
  readonly summary?: string;
  readonly description?: string;
  /** The rule's expression; its metric names say much. */
  readonly expression?: string;
}

export interface IncidentLabel {
  readonly label: string;
  /** 0 to 1; what all labels lack to 1 is that none fits. */
  readonly probability: number;
}

export interface IncidentResult {
  /** Every label, the likeliest first. */
  readonly labels: readonly IncidentLabel[];
  /** Whether the likeliest is too unlikely to be believed. */
  readonly outOfScope: boolean;
}

/** A scorer on the variant `alerts`, or on one fitted alike. */
export function createIncidentClassifier(session: ModelSession): Scorer<IncidentInput, IncidentResult> {
  const { name, version } = session.manifest;
  return scorerOf(session, { name, version }, "probability", thresholdOf(session.manifest, "outOfScope"));
}

/** The baseline: the linear support vector machine inside the same model. Its probabilities are only good for order. */
export function incidentBaseline(session: ModelSession): Scorer<IncidentInput, IncidentResult> {
  return scorerOf(session, { name: "LinearText", version: session.manifest.version }, "margin", 0.5);
}

function scorerOf(
  session: ModelSession,
  model: { readonly name: string; readonly version: string },
  output: "probability" | "margin",
  threshold: number,
): Scorer<IncidentInput, IncidentResult> {
  const labels = labelsOf(session.manifest);
  return {
    model,
    async score(batch, options) {
      if (batch.length === 0) return [];
      const buckets = new Int32Array(batch.length * textLength);
      const counts = new Float32Array(batch.length * textLength);
      for (const [index, input] of batch.entries()) {
        const hashed = hashedText(textOfIncident(input));
        buckets.set(hashed.buckets, index * textLength);
        counts.set(hashed.counts, index * textLength);
      }
      const dims = [batch.length, textLength];
      const answer = await session.run({ buckets: { data: buckets, dims }, counts: { data: counts, dims } }, options);
      const scores = answer[output];
      if (scores === undefined) throw new ModelError("WrongShape", `${model.name} gave no ${output}`);
      return batch.map((_, index) => {
        const row = rowOf(scores, index);
        const ranked = labels
          .map((label, at) => ({ label, probability: chanceOf(row[at] ?? 0, output) }))
          .toSorted((a, b) => b.probability - a.probability);
        return { labels: ranked, outOfScope: (ranked[0]?.probability ?? 0) < threshold };
      });
    },
  };
}

/** One text of all fields, as the trainer puts them together. */
export function textOfIncident({ name, summary, description, expression }: IncidentInput): string {
  return [name, summary, description, expression].filter((part) => part !== undefined && part !== "").join("\n");
}

const chanceOf = (value: number, output: "probability" | "margin"): number =>
  output === "margin" ? 1 / (1 + Math.exp(-value)) : Math.min(1, Math.max(0, value));

function labelsOf({ name, variant, scalers }: Manifest): readonly string[] {
  const { labels } = scalers;
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string"))
    throw new ModelError("Corrupt", `${name}/${variant} has no list of labels`);
  return labels;
}
