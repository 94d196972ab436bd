import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { cellsOf, filesIn, recordsOf, textOf } from "./files.ts";

const { signal } = new AbortController();

test("a quoted cell keeps delimiters, line ends and doubled quotes", () => {
  expect(cellsOf('a,"b, c"\r\n"d\ne","say ""so"""\n')).toEqual([
    ["a", "b, c"],
    ["d\ne", 'say "so"'],
  ]);
});

test("records go by the names of the columns, whatever their order", () => {
  expect(recordsOf("x\ty\n1\t2\n\n", "\t")).toEqual([{ x: "1", y: "2" }]);
  expect(recordsOf("y\tx\n2\t1\n", "\t")).toEqual([{ x: "1", y: "2" }]);
});

test("packed and plain files read alike, at any depth and once, and a missing folder has no files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dharma-files-"));
  try {
    await writeFile(join(folder, "b.csv"), "\uFEFF1\n");
    await writeFile(join(folder, "a.csv.gz"), gzipSync("1\n"));
    await writeFile(join(folder, "c.txt"), "");
    const files = await filesIn(folder, /\.csv(\.gz)?$/);
    expect(files).toEqual([join(folder, "a.csv.gz"), join(folder, "b.csv")]);
    expect(await Promise.all(files.map((path) => textOf(path, signal)))).toEqual(["1\n", "1\n"]);
    expect(await filesIn(join(folder, "missing"), /./)).toEqual([]);
    await mkdir(join(folder, "deep"));
    await writeFile(join(folder, "deep", "d.csv"), "1\n");
    await writeFile(join(folder, "deep", "d.csv.gz"), gzipSync("1\n"));
    await writeFile(join(folder, "deep", "._d.csv"), "");
    await symlink(folder, join(folder, "deep", "round"));
    await symlink(join(folder, "deep"), join(folder, "linked"));
    expect((await filesIn(join(folder, "linked"), /^d\.csv$/))[0]).toBe(join(folder, "linked", "d.csv"));
    await rm(join(folder, "deep", "round"));
    await rm(join(folder, "linked"));
    expect(await filesIn(folder, /^\.?_?d\.csv(\.gz)?$/)).toEqual([join(folder, "deep", "d.csv")]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
