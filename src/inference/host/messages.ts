// What is said between the operator's thread and one that runs models.
import type { ModelProblem } from "../model/errors.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Tensors } from "../model/session.ts";

/** One at a time: the next request is sent when the last is answered. */
export type ToRunner =
  | {
      readonly kind: "open";
      readonly session: number;
      readonly manifest: Manifest;
      readonly bytes: Uint8Array;
      readonly source: string;
    }
  | { readonly kind: "run"; readonly session: number; readonly inputs: Tensors }
  /** Not answered. */
  | { readonly kind: "release"; readonly session: number }
  /** Answered by its end. */
  | { readonly kind: "end" };

export type FromRunner =
  /** It has started. */
  | { readonly kind: "ready" }
  | { readonly kind: "opened" }
  | { readonly kind: "answer"; readonly outputs: Tensors; readonly cost: RunCost }
  | { readonly kind: "failed"; readonly problem: ModelProblem; readonly message: string };

/** What a batch took where it ran. */
export interface RunCost {
  /** Milliseconds that passed. */
  readonly wallMs: number;
  /** Milliseconds of processor time of the thread: what else the machine does is not in it. */
  readonly cpuMs: number;
}

/** Buffers that may change hands with a message. A buffer that two tensors share is named once. */
export function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(tensors)) if (data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  return [...buffers];
}
