import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readM4 } from "./forecast-m4.ts";

const { signal } = new AbortController();
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "m4-"));
  const put = async (folder: string, name: string, text: string): Promise<void> => {
    await mkdir(join(root, folder, "m4"), { recursive: true });
    await writeFile(join(root, folder, "m4", name), name.endsWith(".gz") ? gzipSync(text) : text);
  };
  await put("train", "Weekly-train.csv.gz", '"V1","V2","V3"\n"W1","1","2","3","4","5"\n"W2","7","8","9","",""\n');
  await put("official", "Weekly-test.csv", "id,V2,V3\nW1,6,7\nW9,1,1\n");
});
afterAll(() => rm(root, { recursive: true }));

test("without a test file the end of every series that is long enough is held out", async () => {
  const folder = join(root, "train");
  const { series, split } = await readM4({ data: folder, train: folder }, "Weekly", 2, signal);
  expect(series).toEqual([{ history: [1, 2, 3], actual: [4, 5] }]);
  expect(split).toContain("held out");
});

test("with a test file the histories are whole, and are the training folder's where the measured one has none", async () => {
  const folders = { data: join(root, "official"), train: join(root, "train") };
  const { series, split } = await readM4(folders, "Weekly", 2, signal);
  expect(series).toEqual([{ history: [1, 2, 3, 4, 5], actual: [6, 7] }]);
  expect(split).toContain("official");
});

test("a folder without the set gives no series", async () => {
  const { series } = await readM4({ data: root, train: root }, "Hourly", 2, signal);
  expect(series).toEqual([]);
});
