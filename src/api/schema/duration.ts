// Durations as Go writes them, read the way the API server reads them.
import { Type } from "typebox";
import { celText, rules } from "./rule.ts";

const pattern = String.raw`^([0-9]{1,5}([.][0-9]{1,3})?h)?([0-9]{1,7}([.][0-9]{1,3})?m)?([0-9]{1,9}([.][0-9]{1,3})?s)?([0-9]{1,9}ms)?$`;
const compiled = new RegExp(pattern, "u");
const unitMs = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Milliseconds of a Go duration such as `1h30m`, largest unit first; undefined when it is not one. */
export function durationMs(written: string): number | undefined {
  if (written === "" || !compiled.test(written)) return undefined;
  let total = 0;
  for (const [, amount, unit] of written.matchAll(/([0-9.]+)(ms|h|m|s)/gu)) {
    if (unit === "h" || unit === "m" || unit === "s" || unit === "ms") total += Number(amount) * unitMs[unit];
  }
  return total;
}

/** `ms` as Go would print it, to the second above a second: 5400000 is `1h30m`. */
export function durationText(ms: number): string {
  if (ms < 1000) return ms === 0 ? "0s" : `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts.map(([amount, unit]) => (amount === 0 ? "" : `${amount}${unit}`)).join("");
}

export interface DurationOptions {
  readonly description: string;
  readonly default?: string;
  /** The shortest that is taken. Default 1s. */
  readonly atLeast?: string;
}

/** A duration field, Go syntax. */
export function duration({ atLeast = "1s", ...options }: DurationOptions) {
  const least = durationMs(atLeast) ?? 0;
  return Type.String({
    ...options,
    maxLength: 40,
    ...rules<string>({
      rule: `self != '' && self.matches(${celText(pattern)}) && duration(self) >= duration('${atLeast}')`,
      message: `must be a duration such as 90s, 10m or 1h30m, at least ${atLeast}`,
      holds: (self) => (durationMs(self) ?? -1) >= least,
    }),
  });
}
