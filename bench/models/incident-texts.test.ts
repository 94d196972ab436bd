import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBanking, readClinc } from "./incident-texts.ts";

const { signal } = new AbortController();
let root: string;
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-texts-"));
});
afterAll(() => rm(root, { recursive: true }));

test("the test part is measured where any file has it, and the validation part otherwise", async () => {
  await put("clinc150/data.json", JSON.stringify({ val: [["a", "x"]], oos_val: [["b", "oos"]] }));
  expect((await readClinc(root, signal)).rows.map(({ label }) => label)).toEqual(["x", "oos"]);
  await put("clinc150/test.json", JSON.stringify({ test: [["c", "y"]], oos_test: [["d", "oos"]], domains: ["z"] }));
  const { rows, what } = await readClinc(root, signal);
  expect(rows.map(({ input }) => input.summary)).toEqual(["c", "d"]);
  expect(what).toContain("test and oos_test");
});

test("the official test file is measured in all", async () => {
  await put("banking77/train.csv", "text,category\nwhere is it,card\n");
  await put("banking77/test.csv", 'text,category\n"one, two",card\nthree,cash\n');
  const { rows, what } = await readBanking(root, signal);
  expect(rows.map(({ input, label }) => [input.summary, label])).toEqual([
    ["one, two", "card"],
    ["three", "cash"],
  ]);
  expect(what).toContain("official");
});
