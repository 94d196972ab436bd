// AnomalyDetector on many metrics of one thing: SMD and ASD by average precision, SKAB by F1 at a threshold from training.
import { basename, join } from "node:path";
import { createMetricsDetector, type ModelSession } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, numberOf, recordsOf, textOf } from "./files.ts";
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
  const [own, known] = await Promise.all(
    [context.data, context.train].map(async (root) =>
      entityParts(await filesIn(join(root, folder), /\.(csv|txt)(\.gz)?$/)),
    ),
  );
  const entities: Entity[] = [];
  for (const [entity, { test, labels = known?.get(entity)?.labels }] of own ?? []) {
    if (test === undefined) continue;
    // oxlint-disable-next-line no-await-in-loop -- one entity at a time keeps memory small
    const measured = await measureEntity(context, variantOf(folder, entity), test, labels);
    if (measured !== undefined) entities.push(measured);
  }
  if (entities.length === 0) {
    context.tell(`${folder} has no test part to measure`);
    return [];
  }
  const mean = (of: (entity: Entity) => number): number =>
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

interface Entity {
  readonly scores: Float64Array;
  readonly plain: Float64Array;
  readonly wrong: readonly boolean[];
}

type Part = "train" | "test" | "labels";

/** Files by entity, as `ENTITY_test_label.csv` or, as published, `test_label/ENTITY.txt`. */
export function entityParts(paths: readonly string[]): ReadonlyMap<string, Readonly<Partial<Record<Part, string>>>> {
  const parts = new Map<string, Partial<Record<Part, string>>>();
  for (const path of paths) {
    const name = basename(path).replace(/\.(csv|txt)(\.gz)?$/, "");
    const [, entity = name, suffix = basename(join(path, ".."))] = /^(.+)_(train|test|test_label)$/.exec(name) ?? [];
    const part = suffix === "test_label" ? "labels" : suffix === "train" || suffix === "test" ? suffix : undefined;
    if (part !== undefined) parts.set(entity, { ...parts.get(entity), [part]: path });
  }
  return parts;
}

/** As the trainer names what it fits on a file: small letters, digits and hyphens. */
const variantOf = (...parts: readonly string[]): string =>
  parts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "-");

async function measureEntity(
  context: ModelContext,
  variant: string,
  path: string,
  labels: string | undefined,
): Promise<Entity | undefined> {
  const models = await modelsOf(context, variant);
  if (labels === undefined || models === undefined) {
    context.tell(`${variant} is not measured: it has no ${labels === undefined ? "labels" : "training part"}`);
    return undefined;
  }
  const rows = cellsOf(await textOf(path, context.signal)).map((cells) => cells.map(numberOf));
  const wrong = cellsOf(await textOf(labels, context.signal)).map(([cell]) => Number(cell) > 0.5);
  if (wrong.length !== rows.length || !wrong.includes(true)) {
    const why = wrong.includes(true) ? `${rows.length} rows but ${wrong.length} labels` : "no row of it is anomalous";
    context.tell(`${variant} is not measured: ${why}`);
    return undefined;
  }
  return { ...(await scoresOf(models, rows, context)), wrong };
}

/** F1 of all rows of all SKAB files together, an alert being a score above 1: more than the training part ever had. */
export async function sensorFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const paths = await filesIn(join(context.data, "skab"), /\.csv(\.gz)?$/);
  const all: { readonly alert: boolean; readonly plain: boolean; readonly wrong: boolean; readonly row: number }[] = [];
  let files = 0;
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one file at a time keeps memory small
    const records = recordsOf(await textOf(path, context.signal), ";");
    if (records[0]?.["anomaly"] === undefined) continue;
    const variant = variantOf("skab", basename(join(path, "..")), basename(path).replace(/\..*$/, ""));
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const models = await modelsOf(context, variant);
    if (models === undefined) {
      context.tell(`${variant} is not measured: it was not fitted`);
      continue;
    }
    const columns = Object.keys(records[0]).filter((name) => !["datetime", "anomaly", "changepoint"].includes(name));
    const rows = records.map((record) => columns.map((name) => numberOf(record[name])));
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
  const [model, baseline] = await Promise.all([context.fitted(variant), context.fitted(`${variant}-baseline`)]);
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
