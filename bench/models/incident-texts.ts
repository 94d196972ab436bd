// The labelled texts IncidentClassifier is measured on, split as models/training/incident_data.py splits them.
import { join } from "node:path";
import { fnv1a, type IncidentInput } from "../../src/inference/index.ts";
import { cellsOf, filesIn, textOf } from "./files.ts";

export interface LabelledText {
  readonly input: IncidentInput;
  readonly label: string;
}

export interface LabelledAlert extends LabelledText {
  readonly service: string;
}

/** Parts the services are dealt to. */
export const serviceFolds = 5;

/** The label of a text that belongs to none. */
export const outOfScopeLabel = "oos";

/** The rules of `data`/prometheus-alerts; none where the folder is missing. */
export async function readAlerts(data: string, signal: AbortSignal): Promise<readonly LabelledAlert[]> {
  const paths = await filesIn(join(data, "prometheus-alerts"), /^alerts\.json/);
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return texts.flatMap((text) => {
    const rows: readonly Readonly<Record<string, string | null>>[] = JSON.parse(text);
    return rows.map((row) => ({
      input: { name: row["name"] ?? "", description: row["description"] ?? "", expression: row["query"] ?? "" },
      label: row["group"] ?? "",
      service: row["service"] ?? "",
    }));
  });
}

/**
 * Services dealt to the folds group by group, in the order of their hash; a group's only service is in none (-1), as
 * nothing could be learnt of it.
 */
export function foldOfService(alerts: readonly LabelledAlert[]): ReadonlyMap<string, number> {
  const byGroup = Map.groupBy(alerts, ({ label }) => label);
  return new Map(
    [...byGroup.values()].flatMap((group) => {
      const services = [...new Set(group.map(({ service }) => service))].toSorted(
        (a, b) => fnv1a(a) - fnv1a(b) || (a < b ? -1 : 1),
      );
      return services.map((service, index): [string, number] => [
        service,
        services.length > 1 ? index % serviceFolds : -1,
      ]);
    }),
  );
}

/** The test file, or a tenth of the training file by the hash of the text; and which of the two. */
export async function readBanking(
  data: string,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly LabelledText[]; readonly what: string }> {
  const folder = join(data, "banking77");
  const rowsOf = async (pattern: RegExp): Promise<readonly LabelledText[]> => {
    const texts = await Promise.all((await filesIn(folder, pattern)).map((path) => textOf(path, signal)));
    return texts.flatMap((text) =>
      cellsOf(text)
        .slice(1)
        .map(([summary = "", label = ""]) => ({ input: { summary }, label })),
    );
  };
  const official = await rowsOf(/^test\.csv/);
  if (official.length > 0) return { rows: official, what: "official test file" };
  const own = await rowsOf(/^train\.csv/);
  return {
    rows: own.filter(({ input }) => fnv1a(input.summary ?? "") % 10 === 0),
    what: "a tenth of the training file by hash of the text, not trained on",
  };
}

/** `test` and `oos_test`, or else `val` and `oos_val`. */
export async function readClinc(
  data: string,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly LabelledText[]; readonly what: string }> {
  const parts = new Map<string, Labelled>();
  for (const path of await filesIn(join(data, "clinc150"), /\.json(\.gz)?$/)) {
    // oxlint-disable-next-line no-await-in-loop -- a part is what the first file that has it says
    const found: Readonly<Record<string, Labelled>> = JSON.parse(await textOf(path, signal));
    for (const name of clincParts) if (found[name] !== undefined && !parts.has(name)) parts.set(name, found[name]);
  }
  const part = parts.has("test") || parts.has("oos_test") ? "test" : "val";
  const rows = [...(parts.get(part) ?? []), ...(parts.get(`oos_${part}`) ?? [])];
  return {
    rows: rows.map(([summary, label]) => ({ input: { summary }, label })),
    what: `${part} and oos_${part}, not trained on`,
  };
}

type Labelled = readonly (readonly [text: string, label: string])[];

const clincParts = ["test", "oos_test", "val", "oos_val"];
