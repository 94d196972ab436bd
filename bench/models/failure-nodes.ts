// LANL: does a node fail within 48 h? Learnt from the first 70 % of the log's time, asked about the rest.
import { countUpTo } from "../../src/inference/features/failure-nodes.ts";
import { createNodeFailurePredictor, nodeFailureBaseline } from "../../src/inference/models/failure-nodes.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { nodeNotice } from "./failure-node-notice.ts";
import { nodeCases, readFailureQuestions } from "./failure-log.ts";
import { auc } from "./metrics/auc.ts";
import { averagePrecision } from "./metrics/average-precision.ts";

export async function measureNodes(context: ModelContext): Promise<readonly Measurement[]> {
  const questions = await readFailureQuestions(context, context.signal);
  const { logs, part, when } = questions;
  const session = logs.length === 0 ? undefined : await context.fitted("nodes");
  if (session === undefined) {
    context.tell("lanl is not there");
    return [];
  }
  const cases = nodeCases(logs, part);
  const scorers = { model: createNodeFailurePredictor(session), baseline: nodeFailureBaseline() };
  const [model, baseline] = await Promise.all(
    [scorers.model, scorers.baseline].map(async (scorer) =>
      (await scorer.score(cases, context)).map(({ probability }) => probability),
    ),
  );
  if (model === undefined || baseline === undefined) return [];
  const all = cases.map((_, index) => index);
  const failedBefore = all.filter((index) => countUpTo(cases[index]?.failures ?? [], cases[index]?.now ?? 0) > 0);
  const figures = (name: string, chosen: readonly number[], goals?: { readonly auc: number; readonly ap: number }) => {
    const of = (values: readonly number[]): readonly number[] => chosen.map((index) => values[index] ?? Number.NaN);
    const failed = chosen.map((index) => cases[index]?.failed === true);
    const data = `LANL, ${when}, ${name}: ${chosen.length} questions, ${failed.filter(Boolean).length} failures`;
    const figure = (metric: string, by: typeof auc) => ({
      data,
      metric,
      value: by(of(model), failed),
      unit: "share",
      baseline: by(of(baseline), failed),
    });
    return [
      scored(
        "FailurePredictor",
        "fitted",
        figure("AUC, 48 h ahead", auc),
        goals && { kind: "atLeast", value: goals.auc },
      ),
      scored(
        "FailurePredictor",
        "fitted",
        figure("AP, 48 h ahead", averagePrecision),
        goals && { kind: "atLeast", value: goals.ap },
      ),
    ];
  };
  return [
    ...figures("every node the log names", all, { auc: 0.78, ap: 0.075 }),
    ...figures("nodes that failed before", failedBefore),
    ...(await nodeNotice(questions, scorers, context.signal)),
  ];
}
