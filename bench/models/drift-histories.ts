// Simulated histories of out-of-band changes, as models/training/drift_simulator.py writes them: a Blueprint a line.
import type { DriftFacts, DriftInput } from "../../src/inference/index.ts";

/** A moment at which a Blueprint is judged. */
export interface DriftCase {
  readonly regime: string;
  /** Facts reach past `now`: what comes after it must not count. */
  readonly input: DriftInput;
  /** Something was changed in the 24 hours after `now`. */
  readonly drifted: boolean;
  /** What somebody would say who knows the process and its state, but not the dice. */
  readonly best: number;
}

interface Line {
  readonly regime: string;
  readonly facts: DriftFacts;
  readonly samples: readonly (Pick<DriftFacts, "lastCheckTime" | "neighbours" | "neighbourDrifts"> & {
    readonly now: number;
    readonly label: number;
    readonly best: number;
  })[];
}

/** Every moment of every Blueprint, in the order of the text. */
export function driftCases(text: string): readonly DriftCase[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const { regime, facts, samples }: Line = JSON.parse(line);
      return samples.map(({ now, label, best, ...known }) => ({
        regime,
        input: { facts: { ...facts, ...known }, now },
        drifted: label === 1,
        best,
      }));
    });
}
