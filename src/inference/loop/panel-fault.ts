// Faults that are put upon a copy of a live series, and whether the series itself was ordinary meanwhile. By its values
// alone, whatever a detector says of them. Pure.
import type { Random } from "../../kube/index.ts";
import type { MetricMeaning } from "./metric-kinds.ts";

/** A rise by so much, or a fall to a share of the value. */
export type Fault = { readonly kind: "rise"; readonly by: number } | { readonly kind: "fall"; readonly to: number };

/** Where the middle nine tenths of values lie. */
interface Band {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** high - low, and a tenth of the level at least: less than that is no fault of anything that runs. */
  readonly width: number;
}

/**
 * A rise is so many widths of the band at least, 10 standard deviations of normal noise, and as much as the level itself: less is
 * nobody's incident. At most it is ten times that.
 */
const leastWidths = 3;
/** A fall leaves this share at most. */
const mostLeft = 0.2;
/** Share of samples that may stray from an ordinary stretch. */
const mayStray = 0.05;

/**
 * A fault that whoever looks at a series with such values should be told of, to the side where trouble lies. Undefined where there is
 * none: what is 0, or trembles as much as it is high, can't fall.
 */
export function faultFor(values: readonly number[], bad: MetricMeaning["bad"], random: Random): Fault | undefined {
  const { middle, width } = bandOf(values);
  const falls = middle !== 0 && width <= Math.abs(middle) / 2;
  if (bad === "low" && !falls) return undefined;
  if (bad === "low" || (bad === "either" && falls && random() < 0.5)) return { kind: "fall", to: mostLeft * random() };
  const rise = Math.max(width * leastWidths, Math.abs(middle));
  // A series that has always been 0 has no scale: any rise is as good as another.
  return { kind: "rise", by: rise === 0 ? 1 : rise * 10 ** random() };
}

export function underFault(value: number, fault: Fault): number {
  return fault.kind === "rise" ? value + fault.by : value * fault.to;
}

/** Whether values are as the ones before were: few of them stray further from their band than it is wide. */
export function isOrdinary(values: readonly number[], before: readonly number[]): boolean {
  const { low, high, width } = bandOf(before);
  const strayed = values.filter((value) => value < low - width || value > high + width).length;
  return strayed <= mayStray * values.length;
}

function bandOf(values: readonly number[]): Band {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, middle, high] = [at(0.05), at(0.5), at(0.95)];
  return { low, middle, high, width: Math.max(high - low, 0.1 * Math.abs(middle)) };
}
