// Simulated workloads whose run time follows a known law, by seed.
import type { RunResources, ScalingQuestion } from "../../src/inference/models/performance-scaling.ts";
import { randomOf } from "./resource-load.ts";

export interface ScalingCase {
  readonly question: ScalingQuestion;
  /** What the candidate takes, s. */
  readonly seconds: number;
}

/**
 * A workload each: two known runs and a candidate. `extreme` workloads coordinate more and fall off a higher cliff of memory
 * than any the model was trained on.
 */
export function scalingCases(count: number, seed: number, kind: "ordinary" | "extreme"): readonly ScalingCase[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => scalingCase(random, kind));
}

function scalingCase(random: () => number, kind: "ordinary" | "extreme"): ScalingCase {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const maybe = (value: number): number => (random() < 0.5 ? 0 : value);
  // Beta(1, 8) by its inverse: most workloads have a small serial part.
  const serial = 0.6 * (1 - (1 - random()) ** (1 / 8));
  const coordination = kind === "extreme" ? between(0.05, 0.12) : maybe(between(0, 0.05));
  const cliff = kind === "extreme" ? between(3, 6) : 1 + maybe(between(0, 2));
  const power = Math.min(1.4, Math.max(0.6, 1 + 0.12 * normal()));
  const need = Math.exp(0.3 + 0.7 * normal());
  const base = Math.exp(5 + 1.5 * normal());
  const noise = Math.exp(between(Math.log(0.01), Math.log(0.08)));
  const size = Math.exp(normal());
  const run = (): RunResources & { readonly seconds: number } => {
    const cores = 2 ** Math.floor(between(0, 7));
    const memory = cores * 2 ** Math.floor(between(0, 4)) * size;
    const input = size * Math.exp(between(-1.2, 1.2)) * 16;
    const short = Math.min(1, Math.max(0, (input * need) / memory - 1));
    const share = serial + (1 - serial) / cores + (coordination * Math.log2(cores)) / 16;
    const seconds = base * (input / size) ** power * share * (1 + (cliff - 1) * short) * Math.exp(noise * normal());
    return { cores, memory, input, seconds };
  };
  const [first, second, { seconds, ...candidate }] = [run(), run(), run()];
  return { question: { known: [first, second], candidate }, seconds };
}
