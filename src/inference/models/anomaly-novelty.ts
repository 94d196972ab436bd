// How new a value of one series is, compared with everything of its kind seen before: slower to compute than the streaming
// model and silent after an alert, for long series that someone is to be called for.
import { hourOfWeek } from "../features/hour-of-week.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix, rowOf } from "../model/tensor.ts";
import type { AnomalyInput, AnomalyResult } from "./anomaly-detector.ts";

/** `score` is 0..1, .5 where an alert is due, and 0 while a higher one was told within the last 80 samples. */
export type NoveltyResult = Pick<AnomalyResult, "score" | "state">;

/** The novelty model of AnomalyDetector. Samples of one series must be scored in order, one a batch. */
export function createNoveltyDetector(session: ModelSession): Scorer<AnomalyInput, NoveltyResult> {
  const width = session.manifest.inputs.find(({ name }) => name === "state")?.shape[1] ?? 0;
  return {
    model: { name: session.manifest.name, version: session.manifest.version },
    async score(batch, options) {
      const states = batch.map(({ state }) => state ?? new Float32Array(width));
      const known = batch.flatMap(({ value }, index) => (Number.isFinite(value) ? [index] : []));
      const results: NoveltyResult[] = states.map((state) => ({ score: 0, state }));
      if (known.length === 0) return results;
      const of = (column: (input: AnomalyInput) => number) =>
        matrix(
          batch.filter(({ value }) => Number.isFinite(value)).map((input) => [column(input)]),
          1,
        );
      const answer = await session.run(
        {
          value: of(({ value }) => value),
          hours: of(({ time }) => hourOfWeek(time)),
          state: matrix(
            known.map((index) => states[index] ?? []),
            width,
          ),
        },
        options,
      );
      const next = answer["next_state"];
      for (const [row, index] of known.entries())
        results[index] = {
          score: answer["score"]?.data[row] ?? Number.NaN,
          state: next === undefined ? new Float32Array(width) : Float32Array.from(rowOf(next, row)),
        };
      return results;
    },
  };
}
