import { expect, test } from "vitest";
import { engineRow } from "./failure-engine.ts";

const cycles = Array.from({ length: 80 }, (_, index) => [7, index, 80 - index]);

test("only the sensors asked for are read, kind by kind, and the cycles so far come last", () => {
  const row = engineRow(cycles, [1, 2]);
  expect(row.length).toBe(10 * 2 + 1);
  expect(row.at(-1)).toBe(80);
  expect(row[0]).toBe(77);
  expect(row[1]).toBe(3);
});

test("the slope of a line is its slope, and of few cycles less", () => {
  const slopeOf = (count: number) => engineRow(cycles.slice(0, count), [1]).at(-3);
  expect(slopeOf(60)).toBeCloseTo(1, 5);
  expect(slopeOf(4)).toBeLessThan(0.1);
});

test("a fading mean of a constant is the constant from the first cycle on", () => {
  expect([...engineRow([[5]], [0])].slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 5));
});

test("sensors in another unit give levels in that unit, slopes without its zero, and nothing else", () => {
  const wear = Array.from({ length: 70 }, (_, index) => [Math.sin(index) + index / 10]);
  const [row, moved] = [wear, wear.map(([value = 0]) => [3 * value - 40])].map((values) => [...engineRow(values, [0])]);
  const levels = row?.slice(0, 8).map((value) => 3 * value - 40) ?? [];
  const slopes = row?.slice(8, 10).map((value) => 3 * value) ?? [];
  for (const [at, value] of [...levels, ...slopes, 70].entries()) expect(moved?.[at]).toBeCloseTo(value, 4);
});
