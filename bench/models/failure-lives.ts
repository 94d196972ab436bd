// Lead time of the shipped variant: simulated resources that are asked about every hour for two days.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FailureHistory, FailureInput } from "../../src/inference/features/failure-history.ts";
import type { TabularScorer } from "../../src/inference/index.ts";
import { createFailurePredictor, failureBaseline } from "../../src/inference/models/failure-predictor.ts";
import type { Measurement } from "../measurement.ts";
import type { ModelContext } from "./bench.ts";
import { type Answered, fixedThreshold, noticeFigures } from "./failure-notice.ts";

/** A simulated resource. Times are ms. */
export interface Life {
  readonly regime: string;
  /** Events and outages of its whole life; what is later than a question is not looked at. */
  readonly history: Omit<FailureHistory, "ageSeconds">;
  /** Moments at which it was up, and what its metrics said. */
  readonly asked: readonly Moment[];
  /** When its outages began. */
  readonly failures: readonly number[];
  readonly until: number;
}

interface Moment extends Omit<FailureHistory, "notReady" | "restarts" | "warnings" | "failedOperations"> {
  readonly now: number;
  /** The true hazard, failures an hour. */
  readonly hazard: number;
}

/**
 * Figures by lead time: of the regimes trained on, of those kept out, and of the true hazard of the moment in place of the
 * model, which is what could be known without knowing how things go on.
 */
export async function measureLives(context: ModelContext): Promise<readonly Measurement[]> {
  const path = join(await context.fit(), "conditions-lives.json");
  const lives: Readonly<Record<"training" | "known" | "keptOut", readonly Life[]>> = JSON.parse(
    await readFile(path, { encoding: "utf8", signal: context.signal }),
  );
  const scorers = { model: createFailurePredictor(await context.shipped("conditions")), baseline: failureBaseline() };
  const answered = (some: readonly Life[]): Promise<readonly Answered[]> =>
    Promise.all(some.map((life) => answeredOf(life, scorers, context.signal)));
  const [training, known, keptOut] = await Promise.all([lives.training, lives.known, lives.keptOut].map(answered));
  const what = "simulated conditions, asked every hour while up";
  const figures = (
    name: string,
    from: readonly Answered[] = [],
    measured: readonly Answered[] = [],
    counted: readonly ("all" | "new")[] = ["new"],
  ): readonly Measurement[] =>
    noticeFigures({
      weights: "shipped",
      what: `${what}, ${name}, ${measured.length} resources`,
      horizon,
      thresholds: fixedThreshold(from, horizon),
      measured,
      least: [1, 6],
      counted,
    });
  return [
    ...figures("other seeds", training, known, ["all", "new"]),
    ...figures("regimes not trained on", training, keptOut),
    ...figures(
      "other seeds, the true hazard in place of the model",
      byHazard(lives.training, training),
      byHazard(lives.known, known),
    ),
  ];
}

function byHazard(lives: readonly Life[], answered: readonly Answered[] = []): readonly Answered[] {
  return answered.map((one, index) => ({ ...one, model: lives[index]?.asked.map(({ hazard }) => hazard) ?? [] }));
}

interface Scorers {
  readonly model: TabularScorer<FailureInput>;
  readonly baseline: TabularScorer<FailureInput>;
}

async function answeredOf(life: Life, { model, baseline }: Scorers, signal: AbortSignal): Promise<Answered> {
  // The row of features is made of what is named there only: the hazard goes along unread.
  const inputs = life.asked.map((moment): FailureInput => ({
    history: { ...moment, ...life.history },
    now: moment.now,
  }));
  const [ours = [], simple = []] = await Promise.all(
    [model, baseline].map(async (scorer) =>
      (await scorer.score(inputs, { signal })).map(({ probability }) => probability),
    ),
  );
  return {
    asked: life.asked.map(({ now }) => now / hour),
    failures: life.failures.map((time) => time / hour),
    until: life.until / hour,
    model: ours,
    baseline: simple,
  };
}

const hour = 3_600_000;
const horizon = 24;
