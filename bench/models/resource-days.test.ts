import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dayOf, planetlabDays } from "./resource-days.ts";

const { signal } = new AbortController();
let folder: string;
const line = (value: number): string => `${Array.from({ length: 288 }, (_, at) => value + (at % 2)).join(",")}\n`;
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

test("a day is two halves in order, and one with a gap is passed over", () => {
  const samples = Array.from({ length: 300 }, (_, at) => at);
  const [day] = dayOf(samples);
  expect([day?.before[143], day?.after[0], day?.after.length]).toEqual([143, 144, 144]);
  expect(dayOf(samples.with(7, Number.NaN))).toEqual([]);
  expect(dayOf(samples.slice(0, 287))).toEqual([]);
});
