import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { dayOf, planetlabDays } from "./resource-days.ts";

const { signal } = new AbortController();
let folder: string;
/** A machine's day that begins at `value` and is like no other's. */
const samples = (value: number): readonly number[] => {
  const roll = seededRandom(value);
  return Array.from({ length: 288 }, (_, at) => (at === 0 ? value : Math.round(100 * roll())));
};
const line = (value: number, unit = 1): string =>
  `${samples(value)
    .map((sample) => sample * unit)
    .join(",")}\n`;
const write = async (where: string, days: Readonly<Record<string, string>>): Promise<string> => {
  await mkdir(join(folder, where, "planetlab"), { recursive: true });
  await Promise.all(
    Object.entries(days).map(([day, text]) => writeFile(join(folder, where, "planetlab", `${day}.csv`), text)),
  );
  return join(folder, where);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-days-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("with one folder the last third of its days is measured", async () => {
  const known = await write("known", { "1": line(1), "2": line(2), "3": line(3) });
  const days = await planetlabDays(known, known, signal);
  expect(days.map(({ before }) => before[0])).toEqual([3]);
});

test("days the training folder does not have are measured, and no others", async () => {
  const known = await write("known-2", { "1": line(1), "2": line(2), "3": line(3) });
  const other = await write("other", { "3": line(3), "9": line(9) });
  const days = await planetlabDays(other, known, signal);
  expect(days.map(({ before }) => before[0])).toEqual([9]);
});

test("a day the training folder has is known in another unit and order, in part, and under another name", async () => {
  const days = [1, 2, 3].map((day) => [10, 20, 30, 40].map((machine) => machine + day));
  const file = (machines: readonly number[], unit?: number): string =>
    machines.map((machine) => line(machine, unit)).join("");
  const known = await write("known-3", Object.fromEntries(days.map((machines, day) => [String(day), file(machines)])));
  const moved = await write(
    "moved",
    Object.fromEntries(days.map((machines, day) => [`x${9 - day}`, file(machines.toReversed().slice(1), 0.25)])),
  );
  const measured = await planetlabDays(moved, known, signal);
  expect(measured.map(({ before }) => 4 * (before[0] ?? 0))).toEqual([33, 23, 13]);
});

test("a day is two halves in order, and one with a gap is passed over", () => {
  const longer = Array.from({ length: 300 }, (_, at) => at);
  const [day] = dayOf(longer);
  expect([day?.before[143], day?.after[0], day?.after.length]).toEqual([143, 144, 144]);
  expect(dayOf(longer.with(7, Number.NaN))).toEqual([]);
  expect(dayOf(longer.slice(0, 287))).toEqual([]);
});
