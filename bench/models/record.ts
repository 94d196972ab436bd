// Measured figures, written into the cards of a model's shipped variants.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Measurement } from "../measurement.ts";

const heading = "## Measured";

/** Replaces what stands under "Measured" in every card below `folder`. */
export async function recordInCards(folder: string, measured: readonly Measurement[]): Promise<void> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const rows = measured.map((row) =>
    [
      row.data,
      row.weights,
      row.metric,
      row.value,
      row.baseline,
      row.published,
      row.target,
      row.met === undefined ? "" : row.met ? "yes" : "no",
    ]
      .map((cell) => String(cell ?? ""))
      .join(" | "),
  );
  const section = [
    heading,
    "",
    "By `npm run models:bench`, through the operator's own code.",
    "",
    "| data | weights | metric | value | baseline | published | target | met |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
  for (const entry of entries.filter((path) => path.endsWith("card.md"))) {
    const path = join(folder, entry);
    // oxlint-disable-next-line no-await-in-loop -- a handful of small files
    const before = (await readFile(path, "utf8")).split(heading)[0] ?? "";
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await writeFile(path, `${before.trimEnd()}\n\n${section}`);
  }
}
