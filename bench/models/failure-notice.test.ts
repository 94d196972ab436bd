import { expect, test } from "vitest";
import { type Answered, fixedThreshold, keptThresholds, noticeFigures } from "./failure-notice.ts";

/** Asked every hour for two days; `warns` hours before its failure the model's score rises, and never the baseline's. */
function life(failure: number, warns: number, noise: number): Answered {
  const asked = Array.from({ length: 48 }, (_, hour) => hour);
  const score = (hour: number): number => (hour < failure && hour >= failure - warns ? 1 : noise * ((hour * 7) % 11));
  return {
    asked,
    failures: failure < 48 ? [failure] : [],
    until: 48,
    model: asked.map(score),
    baseline: asked.map((hour) => ((hour * 5) % 13) / 13),
  };
}
const never = 99;
const lives = (noise: number): readonly Answered[] => [
  ...Array.from({ length: 20 }, () => life(never, 0, noise)),
  ...[30.5, 40.5, 33.5].map((failure, index) => life(failure, 2 + 4 * index, noise)),
];

const question = (measured: readonly Answered[]) =>
  ({
    weights: "shipped",
    what: "made up",
    horizon: 24,
    thresholds: fixedThreshold(lives(0.05), 24),
    measured,
    least: [1, 6],
    counted: ["all"],
  }) as const;

test("a fixed threshold lets no more than 2 % of the calm moments through", () => {
  const [threshold] = fixedThreshold(lives(0.05), 24);
  const calm = lives(0.05)
    .slice(0, 20)
    .flatMap(({ model }) => model.slice(0, 25));
  expect(calm.filter((score) => score > (threshold?.above ?? 0)).length).toBeLessThanOrEqual(0.02 * calm.length);
});

test("the median, and the shares with enough notice, are of the model's alarms", () => {
  const [median, hour, six] = noticeFigures(question(lives(0.05)));
  expect(median?.value).toBe(5.5);
  expect(hour?.value).toBe(1);
  expect(six?.value).toBeCloseTo(1 / 3, 2);
});

test("a baseline that knows nothing catches less with as many alarms", () => {
  const rows = noticeFigures(question(lives(0.05)));
  expect(rows[1]?.baseline).toBeLessThan(rows[1]?.value ?? 0);
});

test("scores of the wrong resources catch no more than the baseline", () => {
  const right = lives(0.05);
  const mixed = right.map((one, index) => ({ ...one, model: right[(index + 7) % right.length]?.model ?? [] }));
  const [, hour] = noticeFigures(question(mixed));
  expect(hour?.value).toBe(0);
});

test("failures that follow others are left out where only new ones count", () => {
  const twice = { ...life(30.5, 4, 0.05), failures: [30.5, 36.5] };
  const of = (counted: "all" | "new") =>
    noticeFigures({ ...question([...lives(0.05), twice]), counted: [counted] })[0]?.data;
  expect(of("all")).toContain("5 failures;");
  expect(of("new")).toContain("4 failures with none in the 24 h before");
});

test("kept thresholds know only what was over by then", () => {
  const louder: Answered = { ...life(never, 0, 0.05), model: Array.from({ length: 48 }, (_, hour) => hour) };
  const at = (to: number) =>
    keptThresholds([louder], 4, { from: 10, to, every: 10, span: 20 }).map(({ above }) => above);
  expect(at(40)).toEqual([6, 16, 26]);
  const changed = { ...louder, model: louder.model.map((score, hour) => (hour > 26 ? 1000 : score)) };
  expect(keptThresholds([changed], 4, { from: 10, to: 40, every: 10, span: 20 }).map(({ above }) => above)).toEqual([
    6, 16, 26,
  ]);
});
