// AnomalyDetector on many metrics of one thing: SMD and ASD by average precision, SKAB by F1 at a threshold from training.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createMetricsDetector, type ModelSession } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, recordsOf, textOf } from "./files.ts";
import { averagePrecision } from "./metrics/average-precision.ts";
import { f1 } from "./metrics/f1.ts";

/** Rows at the start of a SKAB file that its model was fitted on. */
const sensorTraining = 400;

/** Mean over the entities of a set of the average precision; none where the folder has none. */
export async function serverFigures(
  context: ModelContext,
  set: { readonly folder: "smd" | "asd"; readonly target: number },
): Promise<readonly Measurement[]> {
  const { folder, target } = set;
  const paths = await filesIn(join(context.data, folder), /_test\.csv(\.gz)?$/);
  const entities: {
    readonly scores: Float64Array;
    readonly plain: Float64Array;
    readonly wrong: readonly boolean[];
  }[] = [];
  for (const path of paths) {
    const entity = basename(path).replace(/_test\.csv(\.gz)?$/, "");
    // oxlint-disable-next-line no-await-in-loop -- one entity at a time keeps memory small
    const measured = await measureEntity(context, `${folder}-${entity}`, path);
    if (measured !== undefined) entities.push(measured);
  }
  if (entities.length === 0) {
    context.tell(`${folder} is not there`);
    return [];
  }
  const mean = (of: (entity: (typeof entities)[number]) => number): number =>
    entities.reduce((sum, entity) => sum + of(entity), 0) / entities.length;
  const rows = entities.reduce((sum, { wrong }) => sum + wrong.length, 0);
  return [
    scored(
      "AnomalyDetector",
      "fitted",
      {
        data: `${folder.toUpperCase()}, ${entities.length} entities, ${rows} test rows`,
        metric: "average precision, mean over entities",
        value: mean(({ scores, wrong }) => averagePrecision(scores, wrong)),
        unit: "AP",
        baseline: mean(({ plain, wrong }) => averagePrecision(plain, wrong)),
      },
      { kind: "atLeast", value: target },
    ),
    scored("AnomalyDetector", "fitted", {
      data: `${folder.toUpperCase()}, ${entities.length} entities, ${rows} test rows`,
      metric: "average precision of scores at chance (share of anomalous rows)",
      value: mean(({ wrong }) => wrong.filter(Boolean).length / wrong.length),
      unit: "AP",
    }),
  ];
}

async function measureEntity(context: ModelContext, variant: string, path: string) {
  const labels = (await filesIn(join(path, ".."), /_test_label\.csv(\.gz)?$/)).find((file) =>
    basename(file).startsWith(basename(path).replace(/\.csv(\.gz)?$/, "_label.")),
  );
  const models = await modelsOf(context, variant);
  if (labels === undefined || models === undefined) {
    context.tell(`${variant} has no labels or no training part`);
    return undefined;
  }
  const rows = cellsOf(await textOf(path, context.signal)).map((cells) => cells.map(Number));
  const wrong = cellsOf(await textOf(labels, context.signal)).map(([cell]) => Number(cell) > 0.5);
  return { ...(await scoresOf(models, rows, context)), wrong };
}

/** F1 of all rows of all SKAB files together, an alert being a score above 1: more than the training part ever had. */
export async function sensorFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const groups = await readdir(join(context.data, "skab")).catch((): string[] => []);
  const paths = (
    await Promise.all(groups.toSorted().map((group) => filesIn(join(context.data, "skab", group), /\.csv(\.gz)?$/)))
  ).flat();
  const all: { readonly alert: boolean; readonly plain: boolean; readonly wrong: boolean; readonly row: number }[] = [];
  let files = 0;
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one file at a time keeps memory small
    const records = recordsOf(await textOf(path, context.signal), ";");
    if (records[0]?.["anomaly"] === undefined) continue;
    const variant = `skab-${basename(join(path, ".."))}-${basename(path).replace(/\..*$/, "")}`;
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const models = await modelsOf(context, variant.toLowerCase().replaceAll(/[^a-z0-9]/g, "-"));
    if (models === undefined) continue;
    const columns = Object.keys(records[0]).filter((name) => !["datetime", "anomaly", "changepoint"].includes(name));
    const rows = records.map((record) =>
      columns.map((name) => (record[name] === "" ? Number.NaN : Number(record[name]))),
    );
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const { scores, plain } = await scoresOf(models, rows, context);
    files += 1;
    for (const [row, record] of records.entries())
      all.push({
        alert: (scores[row] ?? 0) > 1,
        plain: (plain[row] ?? 0) > 1,
        wrong: Number(record["anomaly"]) > 0.5,
        row,
      });
  }
  if (files === 0) {
    context.tell("skab is not there");
    return [];
  }
  const figure = (which: string, rows: typeof all, published: { published?: number }) =>
    scored(
      "AnomalyDetector",
      "fitted",
      {
        data: `SKAB, ${files} files, ${rows.length} rows: ${which}`,
        metric: "F1 by row, threshold from the first 400 rows of each file",
        value: f1(
          rows.map(({ alert }) => alert),
          rows.map(({ wrong }) => wrong),
        ),
        unit: "F1",
        baseline: f1(
          rows.map(({ plain }) => plain),
          rows.map(({ wrong }) => wrong),
        ),
        ...published,
      },
      { kind: "atLeast", value: 0.78 },
    );
  return [
    figure("all", all, { published: 0.78 }),
    figure(
      "after the training part",
      all.filter(({ row }) => row >= sensorTraining),
      {},
    ),
  ];
}

interface Models {
  readonly model: ModelSession;
  readonly baseline: ModelSession;
}

async function modelsOf(context: ModelContext, variant: string): Promise<Models | undefined> {
  const name = variant.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");
  const [model, baseline] = await Promise.all([context.fitted(name), context.fitted(`${name}-baseline`)]);
  return model === undefined || baseline === undefined ? undefined : { model, baseline };
}

/** Scores of rows in time order: each is given nothing but its row and what the row before left. */
async function scoresOf({ model, baseline }: Models, rows: readonly (readonly number[])[], context: ModelContext) {
  const detector = createMetricsDetector(model);
  const scores = new Float64Array(rows.length);
  let state: Float32Array | undefined;
  for (const [row, values] of rows.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- each row needs the state the row before left
    const [result] = await detector.score([{ values, state }], context);
    scores[row] = result?.score ?? Number.NaN;
    state = result?.state;
  }
  return { scores, plain: await plainScores(baseline, rows, context) };
}

/** The baseline remembers nothing, so that many rows go at once. */
async function plainScores(session: ModelSession, rows: readonly (readonly number[])[], context: ModelContext) {
  const detector = createMetricsDetector(session);
  const scores: number[] = [];
  for (let at = 0; at < rows.length; at += 512) {
    const batch = rows.slice(at, at + 512).map((values) => ({ values, state: undefined }));
    // oxlint-disable-next-line no-await-in-loop -- a batch at a time keeps memory small
    scores.push(...(await detector.score(batch, context)).map(({ score }) => score));
  }
  return Float64Array.from(scores);
}
