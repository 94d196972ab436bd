// What a model's measurement is given, and what it gives.
import type { ModelName, ModelSession } from "../../src/inference/index.ts";
import { type Figure, type Goal, judged, type Measurement } from "../measurement.ts";

export interface ModelContext {
  /** The measured folder, laid out like the public data. Sets it lacks are passed over with a word. */
  readonly data: string;
  /** The folder whose training parts were learnt from. */
  readonly train: string;
  /** A shipped variant, from models/NAME/VARIANT. */
  shipped(variant: string): Promise<ModelSession>;
  /** Fits what is measured (once a run); resolves with the folder the trainer wrote its variants to. */
  fit(): Promise<string>;
  /** A fitted variant, after fitting; undefined where the trainer made none for this folder. */
  fitted(variant: string): Promise<ModelSession | undefined>;
  /** Figures of one of a model's sets. What goes wrong in it is told and fails the run, but takes away no other figure. */
  apart(set: string, measure: () => Promise<readonly Measurement[]>): Promise<readonly Measurement[]>;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/** One model's measurements. */
export interface ModelBench {
  readonly name: ModelName;
  measure(context: ModelContext): Promise<readonly Measurement[]>;
}

/** A judged figure of a model. */
export function scored(
  name: ModelName,
  weights: "shipped" | "fitted",
  figure: Omit<Figure, "name" | "weights">,
  goal?: Goal,
): Measurement {
  return judged({ ...figure, name, weights }, goal);
}
