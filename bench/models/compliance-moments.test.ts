import { expect, test } from "vitest";
import { complianceBaseline } from "../../src/inference/index.ts";
import type { Control } from "../../src/policy/index.ts";
import { Dice } from "./compliance-dice.ts";
import type { History, Pair } from "./compliance-histories.ts";
import { momentsOf } from "./compliance-moments.ts";

const control: Control = { title: "t", severity: "High", types: ["a"], needs: [], controls: [], remediation: "r" };
const catalog = { "aws.s3.one": control, "aws.s3.two": control, "aws.rds.three": control };
const wanted = { seed: 1, days: 60, share: 1 };

function history(seed: number): History {
  const dice = new Dice(seed);
  const pairs = Array.from({ length: 60 }, (_, index): Pair => {
    const name = Object.keys(catalog)[index % 3] ?? "";
    const starts = [dice.between(1, 20), dice.between(21, 40), dice.between(41, 59)];
    return {
      control: name,
      family: name.split(".").slice(0, 2).join("."),
      resource: `r${Math.floor(index / 3)}`,
      blueprint: `n${index % 4}/b`,
      namespace: `n${index % 4}`,
      lineage: `l${index % 5}`,
      created: 0.5 + dice.whole(0, 30),
      violations: starts.map((from) => ({ from, to: from + dice.between(0.5, 1.5) })),
    };
  });
  const changes = ["n0/b", "n1/b", "n2/b", "n3/b"].map((id): [string, number[]] => [id, [3, 20, 33, 34, 50, 58]]);
  return { pairs, changes: new Map(changes), evaluations: 0 };
}

/** As it was known on a day. */
function cut({ pairs, changes, evaluations }: History, day: number): History {
  return {
    evaluations,
    changes: new Map([...changes].map(([id, days]) => [id, days.filter((one) => one + 0.5 < day)])),
    pairs: pairs
      .filter(({ created }) => created < day)
      .map((pair) => ({
        ...pair,
        violations: pair.violations
          .filter(({ from }) => from < day)
          .map(({ from, to }) => ({ from, ...(to === undefined || to >= day ? {} : { to }) })),
      })),
  };
}

test("what is known on a day is the same when all that comes after it is cut off", () => {
  const { rowOf } = complianceBaseline();
  const whole = history(1);
  const all = momentsOf(whole, catalog, wanted);
  const last = Math.max(...all.map(({ input }) => input.now));
  for (const time of new Set(all.map(({ input }) => input.now))) {
    // The last of day 21, 26, ... whose truth is within the 60.
    const day = 51 - (last - time) / 86_400_000;
    const before = momentsOf(cut(whole, day), catalog, wanted).filter(({ input }) => input.now === time);
    const given = all.filter(({ input }) => input.now === time);
    expect(given.length).toBeGreaterThan(0);
    expect(before.map(({ input }) => rowOf(input))).toEqual(given.map(({ input }) => rowOf(input)));
  }
});

test("the truth is the state seven days later, and is not asked of what is gone by then", () => {
  const pair = history(2).pairs[0];
  if (pair === undefined) throw new Error("no pair");
  const one = (violations: Pair["violations"], gone?: number): History => ({
    pairs: [{ ...pair, created: 0.5, violations: [...violations], ...(gone === undefined ? {} : { gone }) }],
    changes: new Map(),
    evaluations: 0,
  });
  const days = { ...wanted, days: 28 };
  expect(momentsOf(one([{ from: 27 }]), catalog, days).map(({ later }) => later)).toEqual([true]);
  expect(momentsOf(one([{ from: 22, to: 27 }]), catalog, days).map(({ later }) => later)).toEqual([false]);
  expect(momentsOf(one([], 25), catalog, days)).toEqual([]);
});
