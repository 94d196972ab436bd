// IncidentClassifier: alert groups of services it has not seen, and two intent sets as yardsticks.
import {
  createIncidentClassifier,
  incidentBaseline,
  type IncidentInput,
  type IncidentResult,
  type Scorer,
} from "../../src/inference/index.ts";
import type { Figure, Goal, Measurement } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import {
  foldOfService,
  type LabelledAlert,
  type LabelledText,
  outOfScopeLabel,
  readAlerts,
  readBanking,
  readClinc,
  serviceFolds,
} from "./incident-texts.ts";
import { accuracy } from "./metrics/accuracy.ts";
import { macroF1 } from "./metrics/macro-f1.ts";

type IncidentScorer = Scorer<IncidentInput, IncidentResult>;

export const incidentClassifierBench: ModelBench = {
  name: "IncidentClassifier",
  async measure(context) {
    return [
      ...(await context.apart("prometheus-alerts", () => alerts(context))),
      ...(await context.apart("texts about no alert", () => strangers(context))),
      ...(await context.apart("banking77", () => banking(context))),
      ...(await context.apart("clinc150", () => clinc(context))),
    ];
  },
};

const figure = (row: Omit<Figure, "name" | "weights" | "unit">, goal?: Goal): Measurement =>
  scored("IncidentClassifier", "fitted", { unit: "share", ...row }, goal);

/** What of the list of products a variant has been trained with. */
const lists = { listed: "", strict: "-strict", plain: "-plain" } as const;

type Answers = Readonly<Record<keyof typeof lists, readonly string[]>>;

async function alerts(context: ModelContext): Promise<readonly Measurement[]> {
  const measured = await readAlerts(context.data, context.signal);
  const known = await readAlerts(context.train, context.signal);
  if (measured.length === 0 || known.length === 0) {
    context.tell("prometheus-alerts is not there");
    return [];
  }
  const folds = foldOfService(known);
  // A known alert is known under another service's name too.
  const services = new Map(known.map(({ input, service }) => [JSON.stringify(input), service]));
  const foldOf = ({ input, service }: LabelledAlert): number | undefined =>
    folds.get(services.get(JSON.stringify(input)) ?? service);
  const groups = new Set(known.map(({ label }) => label));
  const fresh = measured.filter((alert) => foldOf(alert) === undefined && groups.has(alert.label));
  const parts = Array.from({ length: serviceFolds }, (_, fold) => measured.filter((alert) => foldOf(alert) === fold));
  return [
    ...(await alertRows(context, "services not in the training folder", [{ variant: "alerts-all", rows: fresh }])),
    ...(await alertRows(
      context,
      `${serviceFolds} folds by service`,
      parts.map((rows, fold) => ({ variant: `alerts-${fold}`, rows })),
    )),
  ];
}

async function alertRows(
  context: ModelContext,
  what: string,
  parts: readonly { readonly variant: string; readonly rows: readonly LabelledAlert[] }[],
): Promise<readonly Measurement[]> {
  const judged = parts.filter(({ rows }) => rows.length > 0);
  const rows = judged.flatMap((part) => part.rows);
  if (rows.length === 0) return [];
  const answersOf = async (suffix: string, create: typeof createIncidentClassifier): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (const { variant, rows: own } of judged) {
      // oxlint-disable-next-line no-await-in-loop -- one model at a time
      answers.push(...(await answered(create(await needed(context, variant + suffix)), own, context)));
    }
    return answers;
  };
  const answers: Answers = {
    listed: await answersOf(lists.listed, createIncidentClassifier),
    strict: await answersOf(lists.strict, createIncidentClassifier),
    plain: await answersOf(lists.plain, incidentBaseline),
  };
  let flagged = 0;
  for (const { variant, rows: own } of judged) {
    // oxlint-disable-next-line no-await-in-loop -- one model at a time
    const found = await results(createIncidentClassifier(await needed(context, variant)), own, context);
    flagged += found.filter(({ outOfScope }) => outOfScope).length;
  }
  const truth = rows.map(({ label }) => label);
  const services = new Set(rows.map(({ service }) => service)).size;
  const data = `Prometheus alerts, ${what}: ${rows.length} alerts of ${services} services, ${new Set(truth).size} groups`;
  const goal: Goal = { kind: "atLeast", value: 0.8 };
  const baseline = macroF1(answers.plain, truth);
  return [
    figure(
      {
        data: `${data}; products may be in the list of terms`,
        metric: "macro-F1",
        value: macroF1(answers.listed, truth),
        baseline,
      },
      goal,
    ),
    figure(
      { data: `${data}; products not listed`, metric: "macro-F1", value: macroF1(answers.strict, truth), baseline },
      goal,
    ),
    figure({
      data,
      metric: "accuracy",
      value: accuracy(answers.listed, truth),
      baseline: accuracy(answers.plain, truth),
    }),
    figure({ data, metric: "alerts called out of scope", value: flagged / rows.length }),
  ];
}

/** The shipped variant on texts that are about no alert. */
async function strangers(context: ModelContext): Promise<readonly Measurement[]> {
  const { rows } = await readClinc(context.data, context.signal);
  if (rows.length === 0) return [];
  const found = await results(createIncidentClassifier(await context.shipped("alerts")), rows, context);
  return [
    scored("IncidentClassifier", "shipped", {
      data: `${rows.length} CLINC150 texts not trained on, none of them an alert`,
      metric: "out-of-scope recall of alerts",
      value: found.filter(({ outOfScope }) => outOfScope).length / rows.length,
      unit: "share",
    }),
  ];
}

async function banking(context: ModelContext): Promise<readonly Measurement[]> {
  const { rows, what } = await readBanking(context.data, context.signal);
  if (rows.length === 0) {
    context.tell("banking77 is not there");
    return [];
  }
  const session = await context.fitted("banking77");
  if (session === undefined) {
    context.tell("banking77 is not measured: there is nothing to learn from, see --train");
    return [];
  }
  const truth = rows.map(({ label }) => label);
  return [
    figure(
      {
        data: `BANKING77, ${rows.length} texts: ${what}`,
        metric: "accuracy, baseline linear SVC",
        value: accuracy(await answered(createIncidentClassifier(session), rows, context), truth),
        baseline: accuracy(await answered(incidentBaseline(session), rows, context), truth),
        published: 0.931,
      },
      { kind: "atLeast", value: 0.92 },
    ),
  ];
}

async function clinc(context: ModelContext): Promise<readonly Measurement[]> {
  const { rows, what } = await readClinc(context.data, context.signal);
  if (rows.length === 0) {
    context.tell("clinc150 is not there");
    return [];
  }
  const session = await context.fitted("clinc150");
  if (session === undefined) {
    context.tell("clinc150 is not measured: there is nothing to learn from, see --train");
    return [];
  }
  const inside = rows.filter(({ label }) => label !== outOfScopeLabel);
  const outside = rows.filter(({ label }) => label === outOfScopeLabel);
  const truth = inside.map(({ label }) => label);
  const model = createIncidentClassifier(session);
  const data = `CLINC150, ${inside.length} texts in scope and ${outside.length} out of it: ${what}`;
  const baseline = accuracy(await answered(incidentBaseline(session), inside, context), truth);
  const flagged = (await results(model, outside, context)).filter(({ outOfScope }) => outOfScope).length;
  // A text in scope that is called out of scope is wrong, whatever label it would have got.
  const accepted = (await results(model, inside, context)).map(({ labels, outOfScope }) =>
    outOfScope ? outOfScopeLabel : (labels[0]?.label ?? ""),
  );
  return [
    figure(
      {
        data,
        metric: "accuracy in scope, called out of scope is wrong",
        value: accuracy(accepted, truth),
        baseline,
        published: 0.969,
      },
      { kind: "atLeast", value: 0.93 },
    ),
    figure({
      data,
      metric: "accuracy in scope, nothing called out of scope",
      value: accuracy(await answered(model, inside, context), truth),
      baseline,
    }),
    ...(outside.length === 0
      ? []
      : [
          figure(
            { data, metric: "out-of-scope recall", value: flagged / outside.length, published: 0.403 },
            { kind: "atLeast", value: 0.5 },
          ),
        ]),
  ];
}

async function needed(context: ModelContext, variant: string) {
  const session = await context.fitted(variant);
  if (session === undefined) throw new Error(`the trainer made no ${variant}: the training folder lacks its set`);
  return session;
}

const answered = async (scorer: IncidentScorer, rows: readonly LabelledText[], context: ModelContext) =>
  (await results(scorer, rows, context)).map(({ labels }) => labels[0]?.label ?? "");

/** In batches of 64, as the operator would. */
async function results(
  scorer: IncidentScorer,
  rows: readonly LabelledText[],
  context: ModelContext,
): Promise<readonly IncidentResult[]> {
  const found: IncidentResult[] = [];
  for (let start = 0; start < rows.length; start += 64) {
    const batch = rows.slice(start, start + 64).map(({ input }) => input);
    // oxlint-disable-next-line no-await-in-loop -- one batch at a time
    found.push(...(await scorer.score(batch, context)));
  }
  return found;
}
