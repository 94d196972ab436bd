// How unusual the newest value of one live series is, given all before it.
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix, rowOf, type Tensor } from "../model/tensor.ts";
import { hourOfWeek } from "../features/hour-of-week.ts";

/** One sample of a series. */
export interface AnomalyInput {
  /** In any unit: rescaled values give the same scores. Not finite where the sample is missing. */
  readonly value: number;
  /** ms since the epoch */
  readonly time: number;
  /** of the same series, from its last result; absent at the start */
  readonly state: Float32Array | undefined;
}

export interface AnomalyResult {
  /** 0..1: below .5 ordinary, near 1 clearly anomalous. 0 of a missing sample. */
  readonly score: number;
  /** To be given back with the next sample; a missing sample leaves it as it was. */
  readonly state: Float32Array;
  /** What was expected before the value was seen. */
  readonly expected: number;
  /** one ordinary deviation, in the value's unit */
  readonly spread: number;
}

/** The streaming model of AnomalyDetector. Samples of one series must be scored in order, one a batch. */
export function createAnomalyDetector(session: ModelSession): Scorer<AnomalyInput, AnomalyResult> {
  const width = session.manifest.inputs.find(({ name }) => name === "state")?.shape[1] ?? 0;
  const fresh = new Float32Array(width);
  return {
    model: { name: session.manifest.name, version: session.manifest.version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      const answer = await session.run(
        {
          value: matrix(
            batch.map(({ value }) => [Number.isFinite(value) ? value : 0]),
            1,
          ),
          hours: matrix(
            batch.map(({ time }) => [hourOfWeek(time)]),
            1,
          ),
          state: matrix(
            batch.map(({ state }) => (state?.length === width ? state : fresh)),
            width,
          ),
        },
        options,
      );
      const one = (name: string, index: number): number => answer[name]?.data[index] ?? Number.NaN;
      return batch.map(({ value, state }, index) => {
        // What is expected depends on the state only, so it holds for a missing value too.
        const told = { expected: one("expected", index), spread: one("spread", index) };
        if (!Number.isFinite(value)) return { ...told, score: 0, state: state ?? fresh.slice() };
        const next = answer["next_state"];
        return {
          ...told,
          score: one("score", index),
          state: viewOf(next, index) ?? fresh.slice(),
        };
      });
    },
  };
}

/** A row of the answer, without copying: tens of thousands of states a cycle share a few buffers. */
function viewOf(tensor: Tensor | undefined, index: number): Float32Array | undefined {
  const row = tensor === undefined ? undefined : rowOf(tensor, index);
  return row instanceof Float32Array ? row : undefined;
}
