// A model that can be run, and what is built on one.
import type { Manifest } from "./manifest.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors by the names of the manifest. */
export type Tensors = Readonly<Record<string, Tensor>>;

export interface RunOptions {
  readonly signal: AbortSignal;
}

/** One loaded model. Runs are independent of each other: what a model remembers is an input and an output of it. */
export interface ModelSession {
  readonly manifest: Manifest;
  /** Runs one batch. Rejects with ModelError, or with the signal's reason. */
  run(inputs: Tensors, options: RunOptions): Promise<Tensors>;
}

/** Judges a batch of things by a model or by its baseline: both have this one shape, so that either can stand in. */
export interface Scorer<I, O> {
  readonly model: { readonly name: string; readonly version: string };
  /** One result for each input, in order. Rejects with ModelError, or with the signal's reason. */
  score(batch: readonly I[], options: RunOptions): Promise<readonly O[]>;
}

/** A scorer of one row of named features a thing, so that a score can be recorded, replayed and taken apart. */
export interface TabularScorer<I> extends Scorer<I, { readonly probability: number }> {
  /** Names of the features, in order. */
  readonly features: readonly string[];
  /** The row of a healthy, ordinary thing: what a contribution is measured against. */
  readonly reference: Float32Array;
  /** The features of an input; pure, and of nothing after the input's own time. */
  rowOf(input: I): Float32Array;
  /** Probabilities (0 to 1) of rows as `rowOf` gives them: the same row gives the same probability, bit for bit. */
  scoreRows(rows: readonly Float32Array[], options: RunOptions): Promise<readonly number[]>;
}
