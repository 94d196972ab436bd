// RootCauseAnalyzer on PetShop, Sock Shop and random graphs, all of which it has not seen.
import {
  createRootCauseAnalyzer,
  rootCauseBaseline,
  type RootCauseInput,
  type RootCauseResult,
  type Scorer,
  traversalBaseline,
} from "../../src/inference/index.ts";
import type { Goal, Measurement } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import { avgAt, recallAt } from "./metrics/top-k.ts";
import { rankedBy, type RootCauseCase, specificity } from "./root-cause-case.ts";
import { readPetshop } from "./root-cause-petshop.ts";
import { readRandomGraphs } from "./root-cause-random.ts";
import { readSockShop } from "./root-cause-sock-shop.ts";

type RootCauseScorer = Scorer<RootCauseInput, RootCauseResult>;

interface Scorers {
  readonly model: RootCauseScorer;
  readonly robustZ: RootCauseScorer;
  readonly traversal: RootCauseScorer;
}

export const rootCauseAnalyzerBench: ModelBench = {
  name: "RootCauseAnalyzer",
  async measure(context) {
    const scorers: Scorers = {
      model: createRootCauseAnalyzer(await context.shipped("graph")),
      robustZ: rootCauseBaseline(),
      traversal: traversalBaseline(),
    };
    return [
      ...(await context.apart("petshop", () => petshop(context, scorers))),
      ...(await context.apart("sock-shop", () => sockShop(context, scorers))),
      ...(await context.apart("random graphs", () => randomGraphs(context, scorers))),
    ];
  },
};

const figure = (
  data: string,
  metric: string,
  value: number,
  compared: { readonly baseline: number; readonly published?: number },
  goal?: Goal,
): Measurement => scored("RootCauseAnalyzer", "shipped", { data, metric, value, unit: "share", ...compared }, goal);

const ranksBy = async (
  scorer: RootCauseScorer,
  cases: readonly RootCauseCase[],
  context: ModelContext,
): Promise<readonly number[]> => (await rankedBy(scorer, cases, context)).map(({ rank }) => rank);

async function petshop(context: ModelContext, scorers: Scorers): Promise<readonly Measurement[]> {
  const scenarios = await readPetshop(context.data, context.signal, context.tell);
  const issues = scenarios.flatMap((scenario) => scenario.issues);
  if (issues.length === 0) {
    context.tell("petshop is not there");
    return [];
  }
  const data = `PetShop ${scenarios.map(({ name }) => name).join(", ")}: ${issues.length} issues, none trained on`;
  const model = await ranksBy(scorers.model, issues, context);
  let from = 0;
  for (const { name, issues: own } of scenarios) {
    const ranks = model.slice(from, (from += own.length));
    context.tell(`petshop ${name}: top-1 ${recallAt(ranks, 1).toFixed(3)}, top-3 ${recallAt(ranks, 3).toFixed(3)}`);
  }
  const robustZ = await ranksBy(scorers.robustZ, issues, context);
  const traversal = await ranksBy(scorers.traversal, issues, context);
  const top1 = { baseline: recallAt(traversal, 1), published: 0.654 };
  const top3 = { baseline: recallAt(traversal, 3), published: 0.827 };
  const quiet = async (what: string, cases: readonly RootCauseCase[]): Promise<Measurement> =>
    figure(
      `PetShop without an issue: ${cases.length} ${what}`,
      "specificity (nothing named)",
      specificity(await rankedBy(scorers.model, cases, context)),
      { baseline: specificity(await rankedBy(scorers.traversal, cases, context)) },
    );
  return [
    figure(data, "top-1 recall, baseline traversal", recallAt(model, 1), top1, { kind: "atLeast", value: 0.7 }),
    figure(data, "top-3 recall, baseline traversal", recallAt(model, 3), top3, { kind: "atLeast", value: 0.88 }),
    figure(data, "top-1 recall, baseline robust z", recallAt(model, 1), { baseline: recallAt(robustZ, 1) }),
    figure(data, "top-3 recall, baseline robust z", recallAt(model, 3), { baseline: recallAt(robustZ, 3) }),
    figure(
      `${data}; each series in a unit of its own`,
      "top-1 recall, baseline traversal",
      recallAt(await ranksBy(scorers.model, issues.map(inOwnUnits), context), 1),
      { baseline: recallAt(await ranksBy(scorers.traversal, issues.map(inOwnUnits), context), 1) },
    ),
    await quiet(
      "tails of the normal window",
      scenarios.flatMap((scenario) => scenario.quiet),
    ),
    await quiet(
      "pieces of 5 samples",
      scenarios.flatMap((scenario) => scenario.quietShort),
    ),
  ];
}

/** Every series times its own factor between 0.01 and 100: excess no longer adds up along calls. */
function inOwnUnits({ input, isCause }: RootCauseCase): RootCauseCase {
  const nodes = input.nodes.map(({ id, metrics }, place) => ({
    id,
    metrics: metrics.map((metric, index) => {
      const factor = 10 ** (2 * Math.sin(12.9898 * (place + 1) + 78.233 * index));
      const scaled = (values: readonly number[]): readonly number[] => values.map((value) => value * factor);
      return { ...metric, normal: scaled(metric.normal), anomalous: scaled(metric.anomalous) };
    }),
  }));
  return { input: { ...input, nodes }, isCause };
}

async function sockShop(context: ModelContext, scorers: Scorers): Promise<readonly Measurement[]> {
  const runs = await readSockShop(context.data, context.signal, context.tell);
  if (runs.length === 0) {
    context.tell("sock-shop is not there");
    return [];
  }
  const row = async (what: string, cases: readonly RootCauseCase[]): Promise<Measurement> =>
    figure(
      `Sock Shop, ${cases.length} runs without a graph, ${what}`,
      "Avg@5, baseline robust z",
      avgAt(await ranksBy(scorers.model, cases, context), 5),
      { baseline: avgAt(await ranksBy(scorers.robustZ, cases, context), 5), published: 0.99 },
      { kind: "atLeast", value: 0.97 },
    );
  return [
    await row(
      "the service and its metric",
      runs.map(({ byMetric }) => byMetric),
    ),
    await row(
      "the service",
      runs.map(({ byService }) => byService),
    ),
  ];
}

async function randomGraphs(context: ModelContext, scorers: Scorers): Promise<readonly Measurement[]> {
  const { faults, quiet } = await readRandomGraphs(await context.fit(), context.signal);
  if (faults.length === 0) return [];
  const model = await rankedBy(scorers.model, faults, context);
  const traversal = await ranksBy(scorers.traversal, faults, context);
  const ranks = model.map(({ rank }) => rank);
  const data = `${faults.length} random graphs with a fault, seeds not trained on`;
  return [
    figure(data, "top-1 recall, baseline traversal", recallAt(ranks, 1), { baseline: recallAt(traversal, 1) }),
    figure(data, "top-3 recall, baseline traversal", recallAt(ranks, 3), { baseline: recallAt(traversal, 3) }),
    figure(
      `${quiet.length} random graphs without a fault`,
      "specificity (nothing named)",
      specificity(await rankedBy(scorers.model, quiet, context)),
      { baseline: specificity(await rankedBy(scorers.traversal, quiet, context)) },
    ),
  ];
}
