// How unusual the newest row of many metrics of one thing is, by how they went together and on while nothing was wrong.
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix, rowOf } from "../model/tensor.ts";

/** One row of an entity's metrics, in the order the model was fitted on. */
export interface MetricsInput {
  /** Not finite where missing: taken as its last value. */
  readonly values: ArrayLike<number>;
  /** of the same entity, from its last result; absent at the start */
  readonly state: Float32Array | undefined;
}

export interface MetricsResult {
  /** From 0 up; 1 is as unusual as the training part got. */
  readonly score: number;
  readonly state: Float32Array;
}

/**
 * A model fitted on one entity. Rows must be scored in order, one a batch. Rejects with RangeError for a row of another width.
 * The state's first columns are the last row, which stands in for what is missing.
 */
export function createMetricsDetector(session: ModelSession): Scorer<MetricsInput, MetricsResult> {
  const widthOf = (port: string): number => session.manifest.inputs.find(({ name }) => name === port)?.shape[1] ?? 0;
  const width = widthOf("values");
  const depth = widthOf("state");
  return {
    model: { name: session.manifest.name, version: session.manifest.version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      const states = batch.map(({ state }) => state ?? new Float32Array(depth));
      const rows = batch.map(({ values }, index) =>
        Array.from(values, (value, column) => (Number.isFinite(value) ? value : (states[index]?.[column] ?? 0))),
      );
      const answer = await session.run({ values: matrix(rows, width), state: matrix(states, depth) }, options);
      const next = answer["next_state"];
      return states.map((state, index) => ({
        score: answer["score"]?.data[index] ?? Number.NaN,
        state: next === undefined ? state : Float32Array.from(rowOf(next, index)),
      }));
    },
  };
}
