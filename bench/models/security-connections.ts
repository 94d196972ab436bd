// NSL-KDD: the official test files where the measured folder has them, else attacks and records held out of the training file.
import { join } from "node:path";
import type { ModelSession } from "../../src/inference/index.ts";
import { thresholdOf } from "../../src/inference/index.ts";
import { connectionBaseline, createConnectionJudge } from "../../src/inference/models/security-connections.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, numberOf, textOf } from "./files.ts";
import { accuracy } from "./metrics/accuracy.ts";
import { auc } from "./metrics/auc.ts";
import { recallAtFalsePositiveRate } from "./metrics/recall-at-fpr.ts";

const label = 41;
type Rows = readonly (readonly string[])[];

export async function measureConnections(context: ModelContext): Promise<readonly Measurement[]> {
  const read = async (folder: string, pattern: RegExp): Promise<Rows> => {
    const paths = await filesIn(join(folder, "nsl-kdd"), pattern);
    return (await Promise.all(paths.map((path) => textOf(path, context.signal)))).flatMap(connectionsOf);
  };
  const learnt = await read(context.train, training);
  const [official, hard, own] = await Promise.all([
    read(context.data, /^KDDTest\+\.(?:txt|csv|arff)(\.gz)?$/),
    read(context.data, /^KDDTest-21\.(?:txt|csv|arff)(\.gz)?$/),
    read(context.data, training),
  ]);
  const tested = official.length + hard.length > 0;
  if (learnt.length === 0 || !(tested || own.length > 0)) {
    context.tell(`nsl-kdd has nothing to ${learnt.length === 0 ? "learn from, see --train" : "measure"}`);
    return [];
  }
  const seen = new Set(learnt.map(contentOf));
  const fresh = own.filter((cells) => !seen.has(contentOf(cells)));
  if (tested || fresh.length > 0) {
    const session = await needed(context, "connections");
    const known = kindsOf(learnt);
    return [
      ...(await figures(context, session, official, known, "NSL-KDD Test+", true, 0.82)),
      ...(await figures(context, session, hard, known, "NSL-KDD Test-21", false)),
      ...(await figures(
        context,
        session,
        tested ? [] : fresh,
        known,
        "NSL-KDD, no official test here: records that the training folder lacks",
        true,
      )),
    ];
  }
  const held = connectionsOf(await textOf(join(await context.fit(), "connections-held.txt"), context.signal));
  const [apart, asked] = [new Set(held.map(contentOf)), new Set(own.map(contentOf))];
  const known = kindsOf(learnt.filter((cells) => !apart.has(contentOf(cells))));
  const name =
    "NSL-KDD 20 % training file, no official test here: every third kind of attack and 30 % of the rest held out";
  const rows = held.filter((cells) => asked.has(contentOf(cells)));
  return figures(context, await needed(context, "connections-held"), rows, known, name, true);
}

const training = /^KDDTrain\+.*\.txt(\.gz)?$/;

/** Records of a table with or without a header, or of an ARFF file; the 42nd cell says what it is. */
export function connectionsOf(text: string): Rows {
  return cellsOf(text).filter((cells) => cells.length > label && Number.isFinite(numberOf(cells[0])));
}

/** What a record says without its label: equal however its numbers are written. */
function contentOf(cells: readonly string[]): string {
  return cells
    .slice(0, label)
    .map((cell) => (Number.isNaN(numberOf(cell)) ? cell : String(Number(cell))))
    .join();
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
  if (rows.length === 0) return [];
  const [model, trees] = await Promise.all(
    [createConnectionJudge(session), connectionBaseline(session)].map(async (judge) =>
      (await judge.score(rows, context)).map(({ probability }) => probability),
    ),
  );
  if (model === undefined || trees === undefined) return [];
  const attack = rows.map((cells) => cells[label] !== "normal");
  // The ARFF files call every kind of attack an anomaly.
  const isNew = rows.map(({ [label]: kind = "" }) => kind !== "normal" && kind !== "anomaly" && !known.has(kind));
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
