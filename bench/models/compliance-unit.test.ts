import { expect, test } from "vitest";
import { Dice } from "./compliance-dice.ts";
import type { Example, Written } from "./compliance-library.ts";
import { edited, mended, unitOf } from "./compliance-unit.ts";

const bucket: Written = { name: "assets", type: "bucket", new: { acl: "public", tags: { team: "a" } }, references: {} };
const example = (...resources: readonly Written[]): Example => ({ resources, fails: [], passes: [] });
const unit = unitOf("aws.s3", "t", example(bucket));

test("a mend sets what the example sets, and leaves the rest or takes the example whole", () => {
  const good = example({ ...bucket, name: "other", new: { acl: "private" } });
  const outcomes = Array.from({ length: 40 }, (_, seed) => mended(unit, good, ["bucket"], new Dice(seed)).resources[0]);
  expect(new Set(outcomes.map((one) => JSON.stringify(one?.new)))).toEqual(
    new Set([JSON.stringify({ acl: "private", tags: { team: "a" } }), JSON.stringify({ acl: "private" })]),
  );
  expect(outcomes.every((one) => one?.name === "assets")).toBe(true);
});

test("a mend touches no other type, and attaches what it adds to the unit's own resource", () => {
  const source = { ...bucket, name: "theirs", new: { acl: "x" } };
  const lock: Written = { name: "lock", type: "lock", new: { on: true }, references: { bucket: ["theirs"] } };
  const { resources } = mended(unit, example(source, lock), ["lock"], new Dice(1));
  expect(resources).toEqual([bucket, { ...lock, references: { bucket: ["assets"] } }]);
});

test("an edit changes values inside of lists in place, and never the unit it was given", () => {
  const deploy = (image: string): Written => ({
    name: "web",
    type: "deployment",
    new: { spec: { containers: [{ name: "web", image }] } },
    references: {},
  });
  const before = unitOf("kubernetes.workload", "t", example(deploy("a:1")));
  const after = Array.from({ length: 20 }, (_, seed) => edited(before, example(deploy("a:2")), new Dice(seed)));
  expect(after.some(({ resources }) => JSON.stringify(resources[0]?.new).includes("a:2"))).toBe(true);
  for (const { resources } of after)
    expect(JSON.stringify(resources[0]?.new)).toMatch(/"containers":\[\{"name":"web","image":"a:[12]"\}\]/);
  expect(before.resources[0]).toEqual(deploy("a:1"));
});

test("the same seed edits alike", () => {
  const other = example({ ...bucket, new: { acl: "private", versioning: true, tags: { team: "b" } } });
  expect(edited(unit, other, new Dice(3))).toEqual(edited(unit, other, new Dice(3)));
});
