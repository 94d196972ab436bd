// M4 series, with the official outcome where the measured folder has it, and the end of the training part held out otherwise.
import { join } from "node:path";
import { cellsOf, filesIn, textOf } from "./files.ts";
import type { HeldOut } from "./forecast-series.ts";

export interface M4Set {
  readonly series: readonly HeldOut[];
  /** Says which outcome is measured, for a row's `data`. */
  readonly split: string;
}

/**
 * The series of `frequency` (`Weekly`, `Hourly`) in DIR/m4. With FREQUENCY-test the histories are whole (from the measured
 * folder, else from the training one); without it the last `horizon` values of each are what is measured.
 */
export async function readM4(
  { data, train }: { readonly data: string; readonly train: string },
  frequency: string,
  horizon: number,
  signal: AbortSignal,
): Promise<M4Set> {
  const [tested, own, learnt] = await Promise.all([
    linesOf(data, `${frequency}-test`, signal),
    linesOf(data, `${frequency}-train`, signal),
    linesOf(train, `${frequency}-train`, signal),
  ]);
  if (tested.size > 0) {
    const series = [...tested].flatMap(([id, outcome]) => {
      const history = own.get(id) ?? learnt.get(id);
      return history === undefined ? [] : [{ history, actual: outcome.slice(0, horizon) }];
    });
    const lacking = tested.size - series.length;
    const without = lacking === 0 ? "" : ` (${lacking} more have no history)`;
    return { series, split: `${series.length} series, official test part${without}` };
  }
  const series = [...own.values()]
    .filter((line) => line.length > 2 * horizon)
    .map((line): HeldOut => ({ history: line.slice(0, -horizon), actual: line.slice(-horizon) }));
  return { series, split: `${series.length} series, last ${horizon} of the training part held out` };
}

/** Values by series, of all files DIR/m4/NAME.csv or .csv.gz. */
async function linesOf(
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const paths = await filesIn(join(folder, "m4"), new RegExp(`^${name}\\.csv(\\.gz)?$`, "i"));
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return new Map(
    texts.flatMap((text) =>
      cellsOf(text)
        .slice(1)
        .map(([id = "", ...cells]): [string, readonly number[]] => [id, numbersOf(cells)]),
    ),
  );
}

/** Rows are as long as the longest: the empty cells behind a series' end are no values. */
const numbersOf = (cells: readonly string[]): readonly number[] =>
  cells.filter((cell) => cell !== "" && cell !== "NA").map(Number);
