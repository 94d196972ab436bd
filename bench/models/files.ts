// Reads the public data folders: unpacked text, and tables by column names, in files found by pattern.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The text of a file, unpacked where its name ends in .gz, without a byte order mark. Rejects when it can't be read. */
export async function textOf(path: string, signal: AbortSignal): Promise<string> {
  const bytes = await readFile(path, { signal });
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\uFEFF/, "");
}

/**
 * Paths of the files below `folder` whose names match, sorted; none where the folder is missing. Published sets come in folders of
 * their own (`m4/Train/Weekly-train.csv`), so all depths count. A file that is there packed and plain is taken once, and hidden
 * ones are passed over.
 */
export async function filesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const paths = await pathsBelow(folder, deepest);
  const every = new Set(paths);
  return paths
    .filter((path) => pattern.test(basename(path)))
    .filter((path) => !path.endsWith(".gz") || !every.has(path.slice(0, -".gz".length)))
    .toSorted();
}

/** Folders within folders that are looked into: links may lead round in a circle. */
const deepest = 8;

async function pathsBelow(folder: string, depth: number): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter(
    ({ name }) => !name.startsWith("."),
  );
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (target?.isDirectory() !== true) return [path];
      return depth === 0 ? [] : pathsBelow(path, depth - 1);
    }),
  );
  return found.flat();
}

/** Cells by line; empty lines are left out. A quoted cell may hold the delimiter, line ends and doubled quotes. */
export function cellsOf(text: string, delimiter = ","): readonly (readonly string[])[] {
  return text.includes('"') ? quotedCells(text, delimiter) : plainCells(text, delimiter);
}

/** Rows as records by the names in the first line. */
export function recordsOf(text: string, delimiter = ","): readonly Readonly<Record<string, string>>[] {
  const [names = [], ...rows] = cellsOf(text, delimiter);
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name.trim(), cells[index] ?? ""])));
}

/** The number in a cell; NaN where there is none. */
export function numberOf(cell: string | undefined): number {
  return cell === undefined || cell.trim() === "" ? Number.NaN : Number(cell);
}

function plainCells(text: string, delimiter: string): readonly (readonly string[])[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => line.split(delimiter));
}

function quotedCells(text: string, delimiter: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = (): void => {
    row.push(cell);
    if (row.length > 1 || cell !== "") rows.push(row);
    row = [];
    cell = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += char;
        at += 1;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === delimiter) {
      row.push(cell);
      cell = "";
    } else if (char === "\n") endRow();
    else if (char !== "\r") cell += char;
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows;
}
