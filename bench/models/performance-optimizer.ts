// PerformanceOptimizer on C3O and DeepPerf: every configuration is predicted by a model that has not seen it.
import {
  choose,
  createRunTimes,
  createRunTimesBaseline,
  type PerformanceQuestion,
} from "../../src/inference/models/performance-optimizer.ts";
import { createRunScaling, scalingBaseline } from "../../src/inference/models/performance-scaling.ts";
import { type Measurement, median } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import { mape } from "./metrics/mape.ts";
import { type Job, type JobConfiguration, readJobs } from "./performance-jobs.ts";
import { measuredRows, optionRepeats, type OptionsSystem, readSystems } from "./performance-options.ts";
import { scalingCases } from "./performance-workloads.ts";
import { mean, type Predicted, regretOf } from "./performance-regret.ts";

export const performanceOptimizerBench: ModelBench = {
  name: "PerformanceOptimizer",
  async measure(context) {
    return [
      ...(await context.apart("c3o", () => jobFigures(context))),
      ...(await context.apart("deepperf", () => systemFigures(context))),
      ...(await context.apart("simulated workloads", () => scalingFigures(context))),
    ];
  },
};

async function jobFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const jobs = await readJobs(context.data, context.signal);
  if (jobs.length === 0) {
    context.tell("c3o is not there");
    return [];
  }
  const folds = await Promise.all(jobs.map((job) => byPart(context, job, ({ fold }) => `fold-${fold}`)));
  const unseen = await Promise.all(
    jobs.map((job) => byPart(context, job, ({ candidate }) => `without-${candidate.machine.replaceAll(".", "-")}`)),
  );
  const data = `c3o, mean of ${jobs.map(({ name }) => name).join(", ")}`;
  const grouped = errors(folds);
  const elsewhere = errors(unseen);
  context.tell(
    `unseen machine by job: ${unseen.map((parts, at) => `${jobs[at]?.name} ${percents(parts)}`).join("; ")}`,
  );
  return [
    scored(
      "PerformanceOptimizer",
      "fitted",
      { data: `${data}; 5 folds of configurations`, metric: "MAPE", unit: "%", ...grouped, published: 3 },
      { kind: "atMost", value: 6 },
    ),
    ...jobs.map(({ name }, at) =>
      scored("PerformanceOptimizer", "fitted", {
        data: `c3o ${name}; 5 folds of configurations`,
        metric: "MAPE",
        unit: "%",
        ...errors(folds.slice(at, at + 1)),
      }),
    ),
    scored(
      "PerformanceOptimizer",
      "fitted",
      { data: `${data}; each type of machine left out`, metric: "MAPE, unseen machine", unit: "%", ...elsewhere },
      { kind: "atMost", value: 20 },
    ),
    ...regrets(folds, data, context),
  ];
}

/** A job's predictions, in parts that one model each was fitted without. */
async function byPart(
  context: ModelContext,
  { name, configurations }: Job,
  partOf: (configuration: JobConfiguration) => string,
): Promise<readonly (readonly Predicted[])[]> {
  const parts = Map.groupBy(configurations, partOf);
  const predicted = await Promise.all(
    [...parts].map(async ([part, members]) => {
      const session = await context.fitted(`c3o-${name}-${part}`);
      if (session === undefined) return [];
      const batch = members.map(({ candidate }) => candidate);
      const [model, baseline] = await Promise.all([
        createRunTimes(session).score(batch, context),
        createRunTimesBaseline(session).score(batch, context),
      ]);
      return members.map((configuration, at) => ({
        configuration,
        model: model[at] ?? { seconds: Number.NaN, spread: Number.NaN },
        baseline: baseline[at] ?? { seconds: Number.NaN, spread: Number.NaN },
      }));
    }),
  );
  return predicted.filter(({ length }) => length > 0);
}

function errors(jobs: readonly (readonly (readonly Predicted[])[])[]): {
  readonly value: number;
  readonly baseline: number;
} {
  const of = (which: "model" | "baseline"): number =>
    100 * mean(jobs.map((parts) => mean(parts.map((part) => partError(part, which)))));
  return { value: of("model"), baseline: of("baseline") };
}

/** Over every run, not every configuration. */
function partError(part: readonly Predicted[], which: "model" | "baseline"): number {
  const runs = part.flatMap((row) => row.configuration.times.map((time) => [row[which].seconds, time] as const));
  return mape(
    runs.map(([predicted]) => predicted),
    runs.map(([, actual]) => actual),
  );
}

function percents(parts: readonly (readonly Predicted[])[]): string {
  return parts
    .map((part) => `${part[0]?.configuration.candidate.machine} ${(100 * partError(part, "model")).toFixed(1)} %`)
    .join(", ");
}

/** What the chosen configuration costs more than the best one, among those measured for the same work. */
function regrets(
  jobs: readonly (readonly (readonly Predicted[])[])[],
  data: string,
  { tell }: ModelContext,
): readonly Measurement[] {
  const priced = jobs.flat(2).every(({ configuration }) => configuration.candidate.pricePerHour !== undefined);
  if (!priced) tell("c3o: money is not measured, as not every type of machine has a price here");
  const questions = jobs.map((parts) => [
    ...Map.groupBy(parts.flat(), ({ configuration }) => configuration.work).values(),
  ]);
  const goals: readonly (readonly [string, (rows: readonly Predicted[]) => PerformanceQuestion["goal"]])[] = [
    ["time lost, fastest chosen", () => ({ kind: "fastest" })],
    ["money lost, cheapest chosen", () => ({ kind: "cheapest" })],
    [
      "money lost, cheapest within the median time",
      (rows) => ({
        kind: "cheapest",
        deadlineSeconds: median(rows.map(({ configuration }) => median(configuration.times))),
      }),
    ],
  ];
  return goals.slice(0, priced ? goals.length : 1).map(([metric, goalOf]) => {
    const of = (which: "model" | "baseline"): number =>
      100 *
      mean(jobs.map((_, at) => mean((questions[at] ?? []).map((rows) => regretOf(rows, which, goalOf(rows), choose)))));
    return scored(
      "PerformanceOptimizer",
      "fitted",
      { data, metric, unit: "%", value: of("model"), baseline: of("baseline") },
      { kind: "atMost", value: 5 },
    );
  });
}

/** What DeepPerf reports for 5 n, percent (Ha and Zhang, ICSE 2019; its n counts a few options more). */
const published: Readonly<Record<string, number>> = {
  apache: 6.29,
  x264: 0.87,
  llvm: 1.99,
  bdbc: 5.82,
  bdbj: 1.61,
  sql: 4.27,
};

async function systemFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const systems = await readSystems(context.data, context.signal);
  if (systems.length === 0) context.tell("deepperf is not there");
  const large = systems.filter((system) => measuredRows(system, 0).length > 0);
  if (large.length < systems.length)
    context.tell(`deepperf: ${systems.length - large.length} systems have no more runs than are learnt from`);
  const figures: Measurement[] = [];
  for (const system of large) {
    const repeats: (readonly [model: number, baseline: number])[] = [];
    for (let repeat = 0; repeat < optionRepeats; repeat++)
      // oxlint-disable-next-line no-await-in-loop -- a system may have a hundred thousand configurations: one draw at a time
      repeats.push(await drawErrors(context, system, repeat));
    const known = published[system.name];
    figures.push(
      scored("PerformanceOptimizer", "fitted", {
        data: `deepperf ${system.name}; learnt from ${5 * system.options} runs, ${optionRepeats} draws`,
        metric: "MRE",
        unit: "%",
        value: 100 * mean(repeats.map(([model]) => model)),
        baseline: 100 * mean(repeats.map(([, baseline]) => baseline)),
        ...(known === undefined ? {} : { published: known }),
      }),
    );
  }
  return figures;
}

/** Configurations that are predicted at once. */
const atOnce = 4096;

/** Relative errors of the model and the baseline that learnt from one draw of a system's configurations. */
async function drawErrors(
  context: ModelContext,
  system: OptionsSystem,
  repeat: number,
): Promise<readonly [model: number, baseline: number]> {
  const session = await context.fitted(`deepperf-${system.name}-${repeat}`);
  if (session === undefined) throw new Error(`the trainer made no model of ${system.name}`);
  const rows = measuredRows(system, repeat);
  const errorOf = async (scorer: ReturnType<typeof createRunTimes>): Promise<number> => {
    const seconds: number[] = [];
    for (let at = 0; at < rows.length; at += atOnce) {
      const batch = rows.slice(at, at + atOnce).map(({ candidate }) => candidate);
      // oxlint-disable-next-line no-await-in-loop -- a batch at a time keeps memory small
      seconds.push(...(await scorer.score(batch, context)).map((time) => time.seconds));
    }
    return mape(
      seconds,
      rows.map(({ value }) => value),
    );
  };
  return [await errorOf(createRunTimes(session)), await errorOf(createRunTimesBaseline(session))];
}

async function scalingFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const scorer = createRunScaling(await context.shipped("scaling"));
  const errorOf = async (which: typeof scorer, cases: ReturnType<typeof scalingCases>): Promise<number> => {
    const times = await which.score(
      cases.map(({ question }) => question),
      context,
    );
    return (
      100 *
      mape(
        times.map(({ seconds }) => seconds),
        cases.map(({ seconds }) => seconds),
      )
    );
  };
  return Promise.all(
    (["ordinary", "extreme"] as const).map(async (kind) => {
      const cases = scalingCases(5000, 9000, kind);
      return scored("PerformanceOptimizer", "shipped", {
        data: `5000 simulated workloads, two runs known${kind === "extreme" ? "; laws beyond those trained on" : ""}`,
        metric: "MAPE",
        unit: "%",
        value: await errorOf(scorer, cases),
        baseline: await errorOf(scalingBaseline(), cases),
      });
    }),
  );
}
