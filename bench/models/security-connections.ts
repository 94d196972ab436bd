// NSL-KDD: the official test files where the measured folder has them, else attacks and records held out of the training file.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ModelSession } from "../../src/inference/index.ts";
import { thresholdOf } from "../../src/inference/index.ts";
import { connectionBaseline, createConnectionJudge } from "../../src/inference/models/security-connections.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, textOf } from "./files.ts";
import { accuracy } from "./metrics/accuracy.ts";
import { auc } from "./metrics/auc.ts";
import { recallAtFalsePositiveRate } from "./metrics/recall-at-fpr.ts";

const label = 41;
type Rows = readonly (readonly string[])[];

export async function measureConnections(context: ModelContext): Promise<readonly Measurement[]> {
  const { data, train, signal } = context;
  const read = async (paths: readonly string[]): Promise<Rows> =>
    (await Promise.all(paths.map((path) => textOf(path, signal)))).flatMap((text) => cellsOf(text));
  const learnt = await read(await filesIn(join(train, "nsl-kdd"), /^KDDTrain\+.*\.txt(\.gz)?$/));
  if (learnt.length === 0 || (await filesIn(join(data, "nsl-kdd"), /^KDD/)).length === 0) {
    context.tell("nsl-kdd is not there");
    return [];
  }
  const official = await filesIn(join(data, "nsl-kdd"), /^KDDTest\+\.(?:txt|csv)(\.gz)?$/);
  if (official.length > 0) {
    const hard = await filesIn(join(data, "nsl-kdd"), /^KDDTest-21\.(?:txt|csv)(\.gz)?$/);
    const session = await needed(context, "connections");
    const known = kindsOf(learnt);
    return [
      ...(await figures(context, session, await read(official), known, "NSL-KDD Test+", true, 0.82)),
      ...(hard.length === 0 ? [] : await figures(context, session, await read(hard), known, "NSL-KDD Test-21", false)),
    ];
  }
  const held = join(await context.fit(), "connections-held.txt");
  if (!existsSync(held)) return [];
  const rows = await read([held]);
  const lines = new Set(rows.map((cells) => cells.join(",")));
  const known = kindsOf(learnt.filter((cells) => !lines.has(cells.join(","))));
  const name =
    "NSL-KDD 20 % training file, no official test here: every third kind of attack and 30 % of the rest held out";
  return figures(context, await needed(context, "connections-held"), rows, known, name, true);
}

async function figures(
  context: ModelContext,
  session: ModelSession,
  rows: Rows,
  known: ReadonlySet<string>,
  name: string,
  isGoal: boolean,
  published?: number,
): Promise<readonly Measurement[]> {
  const [model, trees] = await Promise.all(
    [createConnectionJudge(session), connectionBaseline(session)].map(async (judge) =>
      (await judge.score(rows, context)).map(({ probability }) => probability),
    ),
  );
  if (model === undefined || trees === undefined) return [];
  const attack = rows.map((cells) => cells[label] !== "normal");
  const isNew = rows.map((cells) => cells[label] !== "normal" && !known.has(cells[label] ?? ""));
  const threshold = thresholdOf(session.manifest, "attack");
  const right = (scores: readonly number[], line: number): number =>
    accuracy(
      scores.map((score) => String(score > line)),
      attack.map(String),
    );
  const kinds = rows.map((cells) => cells[label] ?? "");
  const newKinds = [...new Set(kinds.filter((_, index) => isNew[index] === true))];
  const ofNew = (scores: readonly number[], kind?: string): number =>
    recallAtFalsePositiveRate(
      scores.filter((_, index) => attack[index] !== true),
      scores.filter((_, index) => isNew[index] === true && (kind === undefined || kinds[index] === kind)),
      0.05,
    );
  const ofEachNew = (scores: readonly number[]): number =>
    newKinds.reduce((sum, kind) => sum + ofNew(scores, kind), 0) / newKinds.length;
  const data = `${name}: ${rows.length} records, ${attack.filter(Boolean).length} attacks, ${isNew.filter(Boolean).length} of new kinds`;
  const figure = (
    metric: string,
    of: { readonly value: number; readonly baseline?: number; readonly published?: number },
    atLeast?: number,
  ) =>
    scored(
      "SecurityThreatDetector",
      "fitted",
      { data, metric, unit: "share", ...of },
      atLeast !== undefined && isGoal ? { kind: "atLeast", value: atLeast } : undefined,
    );
  const falseAlarms = model.filter((score, index) => score > threshold && attack[index] !== true).length;
  return [
    figure(
      "accuracy at the fitted threshold",
      {
        value: right(model, threshold),
        baseline: right(trees, 0.5),
        ...(published === undefined ? {} : { published }),
      },
      0.83,
    ),
    figure("AUC", { value: auc(model, attack), baseline: auc(trees, attack) }, 0.97),
    ...(newKinds.length === 0
      ? []
      : [
          figure("recall of new kinds at 5 % false alarms", { value: ofNew(model), baseline: ofNew(trees) }, 0.45),
          figure("the same, mean over kinds", { value: ofEachNew(model), baseline: ofEachNew(trees) }),
        ]),
    figure("false alarms at the fitted threshold", { value: falseAlarms / attack.filter((one) => !one).length }),
  ];
}

const kindsOf = (rows: Rows): ReadonlySet<string> => new Set(rows.map((cells) => cells[label] ?? ""));

async function needed(context: ModelContext, variant: string): Promise<ModelSession> {
  const session = await context.fitted(variant);
  if (session === undefined) throw new Error(`the trainer made no ${variant}: the training folder has no nsl-kdd`);
  return session;
}
