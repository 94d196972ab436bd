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
