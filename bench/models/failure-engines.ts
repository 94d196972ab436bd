// C-MAPSS FD001: the official test engines where their answers are in the measured folder, else held-out training engines.
import { join } from "node:path";
import type { SensorCycles } from "../../src/inference/features/failure-engine.ts";
import { createEnginePredictor, engineBaseline } from "../../src/inference/models/failure-engines.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { filesIn, textOf } from "./files.ts";
import { rmse } from "./metrics/rmse.ts";

/** As is usual for this set: longer lives count as this many cycles. */
const cap = 125;
const folds = 5;

interface Question {
  readonly cycles: SensorCycles;
  readonly left: number;
}

interface Answered extends Question {
  readonly model: number;
  readonly baseline: number;
}

export async function measureEngines(context: ModelContext): Promise<readonly Measurement[]> {
  const official = await officialQuestions(context);
  if (official.length > 0) {
    const rows = await answer(context, "engines", official);
    return figures(rows, `C-MAPSS FD001, official test, ${rows.length} engines`, 14.9);
  }
  const engines = await enginesIn(context.data, /^train_FD001\.txt/, context.signal);
  if (engines.length === 0) {
    context.tell("c-mapss has nothing to measure: neither test engines with their answers nor training engines");
    return [];
  }
  const parts = await Promise.all(
    Array.from({ length: folds }, (_, fold) =>
      answer(context, `engines-${fold}`, engines.filter((_engine, index) => index % folds === fold).flatMap(heldOut)),
    ),
  );
  const rows = parts.flat();
  return figures(
    rows,
    `C-MAPSS FD001, no answers to the test here: training engines held out by 5 folds, ${rows.length} moments with 7 to 145 cycles left`,
  );
}

/** `published`: of the official test only. */
function figures(rows: readonly Answered[], data: string, published?: number): readonly Measurement[] {
  if (rows.length === 0) return [];
  const row = (metric: string, limit: number, goal: boolean): Measurement => {
    const left = rows.map((one) => Math.min(limit, one.left));
    return scored(
      "FailurePredictor",
      "fitted",
      {
        data,
        metric,
        value: rmse(
          rows.map(({ model }) => model),
          left,
        ),
        unit: "cycles",
        baseline: rmse(
          rows.map(({ baseline }) => baseline),
          left,
        ),
        ...(goal && published !== undefined ? { published } : {}),
      },
      goal ? { kind: "atMost", value: 12 } : undefined,
    );
  };
  return [row("RMSE, lives capped at 125", cap, true), row("RMSE, lives as they are", Infinity, false)];
}

async function answer(
  context: ModelContext,
  variant: string,
  questions: readonly Question[],
): Promise<readonly Answered[]> {
  const session = await context.fitted(variant);
  if (session === undefined) {
    context.tell(`${variant} was not fitted: no engines of c-mapss to learn from, see --train`);
    return [];
  }
  const batch = questions.map(({ cycles }) => cycles);
  const [model, baseline] = await Promise.all([
    createEnginePredictor(session).score(batch, context),
    engineBaseline(session).score(batch, context),
  ]);
  return questions.map((question, index) => ({
    ...question,
    model: model[index]?.cycles ?? Number.NaN,
    baseline: baseline[index]?.cycles ?? Number.NaN,
  }));
}

/** The whole test file (of the measured folder, else of the training one) by the measured folder's answers, RUL_FD001. */
async function officialQuestions({ data, train, signal, tell }: ModelContext): Promise<readonly Question[]> {
  const [answers] = await filesIn(join(data, "c-mapss"), /^RUL_FD001\.txt/);
  if (answers === undefined) return [];
  const own = await enginesIn(data, /^test_FD001\.txt/, signal);
  const engines = own.length > 0 ? own : await enginesIn(train, /^test_FD001\.txt/, signal);
  const lives = numbersOf(await textOf(answers, signal));
  if (lives.length !== engines.length) {
    tell(`RUL_FD001 is not used: ${lives.length} answers to ${engines.length} test engines`);
    return [];
  }
  return engines.map((cycles, index) => ({ cycles, left: lives[index]?.[0] ?? Number.NaN }));
}

/** An engine that ran to its end, asked about every seventh cycle, as late or early as the official test asks. */
function heldOut(cycles: SensorCycles): readonly Question[] {
  return Array.from({ length: 20 }, (_, index) => 7 + 7 * index)
    .filter((left) => cycles.length - left >= 31 && left <= 145)
    .map((left) => ({ cycles: cycles.slice(0, cycles.length - left), left }));
}

/** Engines of the first matching file, in order of their numbers as the answers are; none where there is no file. */
async function enginesIn(folder: string, pattern: RegExp, signal: AbortSignal): Promise<readonly SensorCycles[]> {
  const [file] = await filesIn(join(folder, "c-mapss"), pattern);
  return file === undefined ? [] : enginesOf(await textOf(file, signal));
}

/** Lines of engine, cycle, three settings and the sensors, in any order, as engines by number; columns are the sensors. */
export function enginesOf(text: string): readonly SensorCycles[] {
  const lines = numbersOf(text).toSorted(([a = 0, at = 0], [b = 0, bt = 0]) => a - b || at - bt);
  return [...Map.groupBy(lines, ([engine]) => engine).values()].map((own) =>
    own.map(([, , , , , ...sensors]) => sensors),
  );
}

const numbersOf = (text: string): readonly (readonly number[])[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.trim().split(/\s+/).map(Number));
