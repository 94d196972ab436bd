import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fnv1a, hashedText, textBuckets, textLength, wordsOf } from "./text-ngrams.ts";

test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("FNV-1a of %j is the published value", (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});

test("words are runs of letters and digits; camelCase and metric names fall apart", () => {
  expect(wordsOf('KubePodCrashLooping: node_memory_MemAvailable_bytes{job="x"} < 5')).toEqual(
    "kube pod crash looping node memory mem available bytes job x 5".split(" "),
  );
  expect(wordsOf("größer ÉTÉ 数据库")).toEqual(["größer", "été", "数据库"]);
  expect(wordsOf(" -- ")).toEqual([]);
});

test("an n-gram stands once, with how often it occurs; what is no n-gram is zero", () => {
  const { buckets, counts } = hashedText("disk disk");
  const word = buckets.indexOf(fnv1a("wdisk") % (textBuckets / 4));
  expect(counts[word]).toBeCloseTo(1 + Math.log(2));
  const used = counts.filter((count) => count > 0).length;
  // "disk", "disk disk", and of " disk ": 5 of two characters, 4 of three, 3 of four, 2 of five.
  expect(used).toBe(2 + 5 + 4 + 3 + 2);
  expect(new Set(buckets.subarray(0, used)).size).toBe(used);
  expect(buckets.subarray(used).every((bucket) => bucket === 0)).toBe(true);
});

test("two words of a text are a pair in either order and at any distance; a word is none with itself", () => {
  const pairsOf = (text: string): readonly number[] =>
    [...hashedText(text).buckets].filter((bucket) => bucket >= textBuckets / 2).toSorted((a, b) => a - b);
  expect(pairsOf("disk disk")).toEqual([]);
  expect(pairsOf("disk full")).toHaveLength(1);
  expect(pairsOf("full disk")).toEqual(pairsOf("disk full"));
  expect(pairsOf("disk of node is nearly full")).toHaveLength(15);
  expect(pairsOf("disk of node is nearly full")).toEqual(expect.arrayContaining([...pairsOf("disk full")]));
});

test("buckets are below their number, and a text may be too long", () => {
  const { buckets, counts } = hashedText(Array.from({ length: 2000 }, (_, index) => `word${index}`).join(" "));
  expect(buckets).toHaveLength(textLength);
  expect(counts.every((count) => count >= 1)).toBe(true);
  expect(Math.max(...buckets)).toBeLessThan(textBuckets);
});

test("the trainer's example gives the trainer's buckets", async () => {
  const path = join(import.meta.dirname, "..", "..", "..", "models", "IncidentClassifier", "alerts", "model.json");
  const manifest: { scalers: { example: { text: string; buckets: number[] } } } = JSON.parse(
    await readFile(path, "utf8"),
  );
  const { text, buckets } = manifest.scalers.example;
  const given = hashedText(text);
  expect(buckets.length).toBeGreaterThan(20);
  expect([...given.buckets.subarray(0, buckets.length)]).toEqual(buckets);
  expect(given.counts[buckets.length]).toBe(0);
});
