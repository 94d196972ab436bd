import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs, durationText } from "./duration.ts";

describe("durationMs", () => {
  it.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["1h0m0s", 3_600_000],
    ["168h", 604_800_000],
  ])("reads %s", (written, ms) => {
    expect(durationMs(written)).toBe(ms);
  });

  it.each(["", "10", "1d", "ten", "-5m", "5 m", "30m1h", "1h1h", "m", "1e3s"])("does not take %j", (written) => {
    expect(durationMs(written)).toBeUndefined();
  });
});

describe("durationText", () => {
  it("writes what durationMs reads back, to the second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 * 3600 - 1 }), (seconds) => {
        expect(durationMs(durationText(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it.each([
    [0, "0s"],
    [250, "250ms"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
  ])("writes %d as %s", (ms, written) => {
    expect(durationText(ms)).toBe(written);
  });
});
