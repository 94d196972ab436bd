// CompliancePredictor on simulated organisations of other seeds, whose every state the policy engine judged.
import { join } from "node:path";
import {
  complianceBaseline,
  createCompliancePredictor,
  type ModelSession,
  type Scorer,
  thresholdOf,
} from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import { historyOf, openJudge } from "./compliance-histories.ts";
import { isUnseen, type Moment, momentsOf } from "./compliance-moments.ts";
import { averagePrecision } from "./metrics/average-precision.ts";
import { macroF1 } from "./metrics/macro-f1.ts";

const name = "CompliancePredictor";
/** Far from the trainer's. */
const seeds = [100_007, 100_008];
const days = 120;

export const complianceBench: ModelBench = {
  name,
  async measure(context) {
    context.tell("no folder of the data holds manifests over time: simulated organisations only");
    const moments = await measuredMoments(context);
    const session = await context.shipped("pairs");
    const unseen = moments.filter(({ control }) => isUnseen(control));
    return [
      ...(await measured("controls not trained on", unseen, session, context)),
      ...(await measured(
        "controls trained on",
        moments.filter(({ control }) => !isUnseen(control)),
        session,
        context,
      )),
    ];
  },
};

async function measuredMoments({ signal, tell }: ModelContext): Promise<readonly Moment[]> {
  const judge = await openJudge(join(import.meta.dirname, "..", ".."), signal);
  const moments: Moment[] = [];
  try {
    for (const seed of seeds) {
      // oxlint-disable-next-line no-await-in-loop -- one engine thread
      const history = await historyOf(judge, { seed, teams: 25, days }, signal);
      tell(`${history.evaluations} evaluations by the policy engine`);
      moments.push(...momentsOf(history, judge.catalog, { seed, days, share: 1 }));
    }
  } finally {
    await judge.host.close();
  }
  return moments;
}

async function measured(
  what: string,
  moments: readonly Moment[],
  session: ModelSession,
  context: ModelContext,
): Promise<readonly Measurement[]> {
  const { signal } = context;
  const chances = async (scorer: Scorer<Moment["input"], { readonly probability: number }>) =>
    (
      await scorer.score(
        moments.map(({ input }) => input),
        { signal },
      )
    ).map(({ probability }) => probability);
  const given = await chances(createCompliancePredictor(session));
  const now = await chances(complianceBaseline());
  const truth = moments.map(({ later }) => later);
  const threshold = thresholdOf(session.manifest, "violated");
  const controls = new Set(moments.map(({ control }) => control)).size;
  const data = `simulated, ${controls} ${what}: ${moments.length} pairs at a moment, ${truth.filter(Boolean).length} violated a week later`;
  const precision = averagePrecision(now, truth);
  const clean = now.flatMap((violated, index) => (violated === 0 ? [index] : []));
  const ofClean = <T>(values: readonly T[]): readonly T[] => clean.flatMap((index) => values.slice(index, index + 1));
  const figure = { data, unit: "" };
  return [
    scored(
      name,
      "shipped",
      {
        ...figure,
        metric: "PR-AUC of violations a week later",
        value: averagePrecision(given, truth),
        baseline: precision,
      },
      { kind: "atLeast", value: 1.3 * precision },
    ),
    scored(
      name,
      "shipped",
      {
        ...figure,
        metric: "macro-F1, threshold from training",
        value: macroF1(named(given.map((probability) => probability >= threshold)), named(truth)),
        baseline: macroF1(named(now.map((violated) => violated === 1)), named(truth)),
      },
      { kind: "atLeast", value: 0.75 },
    ),
    scored(name, "shipped", {
      ...figure,
      metric: "PR-AUC among pairs not violated now",
      value: averagePrecision(ofClean(given), ofClean(truth)),
      // Persistence expects none of them: all are equal to it.
      baseline: averagePrecision(ofClean(now), ofClean(truth)),
    }),
  ];
}

const named = (answers: readonly boolean[]): readonly string[] =>
  answers.map((violated) => (violated ? "violated" : "fine"));
