// The two simplest ways to name a root cause, behind the model's interface.
import { rcaGraph } from "../features/rca-nodes.ts";
import type { RootCauseInput } from "../features/rca-input.ts";
import type { Scorer } from "../model/session.ts";
import { type RootCauseResult, resultOf } from "./root-cause-analyzer.ts";

/** A robust z above this is an anomaly: the usual three deviations. */
const anomalous = 3;

/** The node whose symptom has moved furthest. Blind to the graph. */
export function rootCauseBaseline(): Scorer<RootCauseInput, RootCauseResult> {
  return ranking("RobustZ", (_, z) => z);
}

/** The anomalous node that calls no anomalous node, furthest first; all others after them, by z. */
export function traversalBaseline(): Scorer<RootCauseInput, RootCauseResult> {
  return ranking("Traversal", ({ nodes, edges }, z) => {
    const alarmed = new Set(nodes.filter((_, index) => (z[index] ?? 0) > anomalous).map(({ id }) => id));
    const explained = new Set(edges.filter(([, callee]) => alarmed.has(callee)).map(([caller]) => caller));
    return z.map((value, index) => {
      const id = nodes[index]?.id ?? "";
      return alarmed.has(id) && !explained.has(id) ? value + 1e7 : value;
    });
  });
}

function ranking(
  name: string,
  strengthOf: (input: RootCauseInput, z: readonly number[]) => readonly number[],
): Scorer<RootCauseInput, RootCauseResult> {
  return {
    model: { name, version: "1.0.0" },
    async score(batch, { signal }) {
      signal.throwIfAborted();
      return batch.map((input) => {
        const { z } = rcaGraph(input);
        const strength = strengthOf(input, z);
        // A z of 3 is even odds; monotone, so that the order is that of the strengths.
        const score = (index: number): number => {
          const value = strength[index] ?? 0;
          return value > 0 ? value / (value + anomalous) : 0;
        };
        return resultOf(input, [...z.keys()], score, z, 0.5);
      });
    },
  };
}
