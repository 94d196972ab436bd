// AnomalyDetector on NAB: every series in time order, judged by the NAB score.
import { join } from "node:path";
import { type AnomalyInput, createNoveltyDetector, type Scorer } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { windowedGaussian } from "./anomaly-windowed-gaussian.ts";
import { filesIn, numberOf, recordsOf, textOf } from "./files.ts";
import { nabProfiles, nabScoreAcross, nabScoreAtBest, type NabSeries } from "./metrics/nab.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

/** Rows of NAB; none where the folder has no windows. */
export async function nabFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const series = await readNab(context.data, context);
  if (series.length === 0) {
    context.tell("nab is not there");
    return [];
  }
  const novelty = await scoreAll(series, createNoveltyDetector(await context.shipped("novelty")), context);
  const baseline = withScores(
    series,
    series.map(({ values }) => windowedGaussian(values)),
  );
  // Where one kind of series is measured, the threshold comes from the others of the training folder.
  const alone = new Set(series.map(({ category }) => category)).size < 2;
  const others = alone ? await readNab(context.train, context) : [];
  const known = alone
    ? await scoreAll(others, createNoveltyDetector(await context.shipped("novelty")), context)
    : novelty;
  const knownPlain = alone
    ? withScores(
        others,
        others.map(({ values }) => windowedGaussian(values)),
      )
    : baseline;
  const rows = series.reduce((sum, { values }) => sum + values.length, 0);
  const windows = series.reduce((sum, each) => sum + each.windows.length, 0);
  const data = `NAB, ${series.length} series, ${rows} rows, ${windows} windows`;
  const { standard, lowFalsePositives, lowFalseNegatives } = nabProfiles;
  const figure = (metric: string, value: number, more: { baseline?: number; published?: number } = {}) =>
    ({ data, metric, value, unit: "points", ...more }) as const;
  const chance = Array.from({ length: 5 }, (_, seed) =>
    withScores(
      series,
      series.map(({ values }) => noise(values, seed)),
    ),
  );
  const mean = (of: (scored: readonly NabSeries[]) => number): number =>
    chance.reduce((sum, each) => sum + of(each), 0) / chance.length;
  return [
    scored(
      "AnomalyDetector",
      "shipped",
      figure("NAB standard, threshold from the other categories", nabScoreAcross(novelty, standard, known), {
        baseline: nabScoreAcross(baseline, standard, knownPlain),
        published: 73.1,
      }),
      { kind: "atLeast", value: 70 },
    ),
    ...[standard, lowFalsePositives, lowFalseNegatives].map((profile, index) =>
      scored(
        "AnomalyDetector",
        "shipped",
        figure(`NAB ${profile.name}, threshold from the scored files`, nabScoreAtBest(novelty, profile), {
          baseline: nabScoreAtBest(baseline, profile),
          ...(index === 0 ? { published: 74.9 } : {}),
        }),
      ),
    ),
    ...[lowFalsePositives, lowFalseNegatives].map((profile) =>
      scored(
        "AnomalyDetector",
        "shipped",
        figure(`NAB ${profile.name}, threshold from the other categories`, nabScoreAcross(novelty, profile, known), {
          baseline: nabScoreAcross(baseline, profile, knownPlain),
        }),
      ),
    ),
    scored(
      "AnomalyDetector",
      "shipped",
      figure(
        "NAB standard of random scores, threshold from the scored files",
        mean((each) => nabScoreAtBest(each, standard)),
        {
          published: 11,
        },
      ),
    ),
  ];
}

interface NabFile {
  readonly category: string;
  readonly values: Float64Array;
  /** ms since the epoch */
  readonly times: readonly number[];
  readonly windows: readonly (readonly [number, number])[];
}

/** Every series that combined_windows.json names, wherever below DIR/nab both lie. */
async function readNab(data: string, { signal, tell }: ModelContext): Promise<readonly NabFile[]> {
  const folder = join(data, "nab");
  const [[windows], paths] = await Promise.all([
    filesIn(folder, /^combined_windows\.json(\.gz)?$/),
    filesIn(folder, /\.csv(\.gz)?$/),
  ]);
  if (windows === undefined) return [];
  const labels: Readonly<Record<string, readonly (readonly [string, string])[]>> = JSON.parse(
    await textOf(windows, signal),
  );
  const files = await Promise.all(
    Object.entries(labels).map(async ([name, spans]) => {
      const path = paths.find((each) => each.endsWith(`/${name}`) || each.endsWith(`/${name}.gz`));
      if (path === undefined) return [];
      const records = recordsOf(await textOf(path, signal));
      const times = records.map((record) => timeOf(record["timestamp"] ?? ""));
      const found = spans
        .map(([from, to]): readonly [number, number] => [
          times.findIndex((time) => time >= timeOf(from)),
          times.findLastIndex((time) => time <= timeOf(to)),
        ])
        .filter(([left, right]) => left >= 0 && right >= left);
      if (found.length < spans.length) tell(`${name}: ${spans.length - found.length} windows lie outside its times`);
      const values = Float64Array.from(records, (record) => numberOf(record["value"]));
      return [{ category: name.split("/")[0] ?? "", values, times, windows: found }];
    }),
  );
  const missing = files.filter(({ length }) => length === 0).length;
  if (missing > 0) tell(`nab: ${missing} of ${files.length} series are not there`);
  return files.flat();
}

/** NAB's times have no zone; any will do, as long as it is the same for all. */
const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(" ", "T")}Z`);

/** Steps through all series at once, a batch for each row number: a score sees nothing after its own row. */
async function scoreAll(
  series: readonly NabFile[],
  scorer: Scorer<AnomalyInput, { readonly score: number; readonly state: Float32Array }>,
  context: ModelContext,
): Promise<readonly NabSeries[]> {
  const scores = series.map(({ values }) => new Float64Array(values.length));
  const states: (Float32Array | undefined)[] = series.map(() => undefined);
  const longest = Math.max(...series.map(({ values }) => values.length));
  for (let row = 0; row < longest; row += 1) {
    const going = series.flatMap(({ values }, index) => (row < values.length ? [index] : []));
    const batch = going.map((index) => ({
      value: series[index]?.values[row] ?? Number.NaN,
      time: series[index]?.times[row] ?? Number.NaN,
      state: states[index],
    }));
    // oxlint-disable-next-line no-await-in-loop -- each row needs the state the row before left
    const results = await scorer.score(batch, context);
    for (const [place, index] of going.entries()) {
      const result = results[place];
      const own = scores[index];
      if (result === undefined || own === undefined) continue;
      own[row] = result.score;
      states[index] = result.state;
    }
  }
  return withScores(series, scores);
}

const withScores = (series: readonly NabFile[], scores: readonly Float64Array[]): readonly NabSeries[] =>
  series.map(({ category, windows }, index) => ({ category, windows, scores: scores[index] ?? new Float64Array() }));

function noise(values: Float64Array, seed: number): Float64Array {
  const roll = seededRandom(seed + 1);
  return values.map(() => roll());
}
