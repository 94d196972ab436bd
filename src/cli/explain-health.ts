// The part of `dharma explain` about health: reasons, inputs, contributions, history, and the score computed again.
import { join } from "node:path";
import type { Health, KubeObject } from "../api/index.ts";
import { readLearnt } from "../controllers/health/feedback.ts";
import { readRecords } from "../controllers/health/records.ts";
import { type HealthRecord, type Learnt, ModelError, openLiveModels, replay } from "../inference/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { sameValue } from "../runtime/index.ts";
import { tableOf } from "./table.ts";

export interface HealthRequest {
  /** Where the operator keeps its records. */
  readonly operatorNamespace: string;
  /** Whether the newest score is computed again from its record. */
  readonly replay: "newest" | "none";
}

/** Lines about an object's health; none where it has none. */
export async function healthLines(
  kube: Kube,
  object: KubeObject,
  health: Health | undefined,
  request: HealthRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (health === undefined) return [];
  const kept = await keptOf(kube, object, request.operatorNamespace, signal);
  if (typeof kept === "string") return [...summaryLines(health), "", `  ${kept}`];
  const { records, learnt } = kept;
  const newest = records.at(-1);
  return [
    ...summaryLines(health),
    ...(newest === undefined ? [] : ["", "  What it was made from:", ...inputLines(newest)]),
    ...answerLines(learnt),
    ...(records.length < 2 ? [] : ["", "  How it went, newest first:", ...historyLines(records)]),
    ...(request.replay === "newest" ? ["", ...(await replayLines(newest, signal))] : []),
  ];
}

interface Kept {
  readonly records: readonly HealthRecord[];
  readonly learnt: Learnt | undefined;
}

/** What is kept of it; a sentence where that can't be read: it is of the operator's namespace. */
async function keptOf(
  kube: Kube,
  { metadata: { uid = "" } }: KubeObject,
  namespace: string,
  signal: AbortSignal,
): Promise<Kept | string> {
  try {
    const [records, learnt] = await Promise.all([
      readRecords(kube, namespace, uid, signal),
      readLearnt(kube, namespace, uid, signal),
    ]);
    return { records, learnt };
  } catch (error) {
    if (!isKubeError(error, "forbidden")) throw error;
    return `Its inputs and history are ConfigMaps of ${namespace}, which you may not read.`;
  }
}

function summaryLines(health: Health): readonly string[] {
  const parts = [
    ["anomaly", health.anomalyPercent],
    ["failure within a day", health.failurePercent],
    ["drift within a day", health.driftPercent],
  ].flatMap(([name, percent]) => (percent === undefined ? [] : [`${name} ${percent} %`]));
  const models = (health.models ?? []).map(({ name, version }) => `${name} ${version}`);
  return [
    `  health: ${health.class}${health.score === undefined ? "" : `, ${health.score} of 100`}${health.updateTime === undefined ? "" : `, since ${health.updateTime}`}`,
    ...(health.reasons ?? []).map(
      (reason) => `    ${String(reason.contributionPercent).padStart(3)} %  ${reason.message}`,
    ),
    ...(parts.length === 0 ? [] : [`    ${parts.join(", ")}`]),
    ...(models.length === 0 ? [] : [`    judged by ${models.join(", ")}`]),
  ];
}

function inputLines({ anomaly, failure, drift, burn, threshold, objective }: HealthRecord): readonly string[] {
  const series = (anomaly?.series ?? []).map(
    ({ metric, about, value, time }) =>
      `    ${metric}${about === "" ? "" : ` of ${about}`}: ${value === null ? "no number" : short(value)} at ${new Date(time).toISOString()}`,
  );
  return [
    ...series,
    ...(anomaly === undefined ? [] : [`    an anomaly costs points from ${short(100 * threshold)} % on`]),
    ...rowLine("failure", failure),
    ...rowLine("drift", drift),
    ...(burn === undefined || objective === undefined
      ? []
      : [
          `    failed requests: ${short(100 * burn.short)} % (5 minutes), ${short(100 * burn.long)} % (an hour), allowed ${short(100 - 100 * objective)} %`,
        ]),
  ];
}

/** Who said what of its alarms, newest first. */
function answerLines(learnt: Learnt | undefined): readonly string[] {
  const answers = (learnt?.answers ?? []).toReversed().slice(0, shownAnswers);
  if (answers.length === 0) return [];
  const lines = answers.map(({ answer, from, time, judgement }) => {
    const said = answer === "TrueAlarm" ? "true alarm" : "false alarm";
    return `    ${new Date(time).toISOString()}: ${from} answered ${said} to that of ${judgement}`;
  });
  return ["", "  What was learnt from, newest first:", ...lines];
}

/** Answers told; more are kept. */
const shownAnswers = 5;

function rowLine(what: string, recorded: HealthRecord["failure"]): readonly string[] {
  if (recorded === undefined) return [];
  const known = recorded.row.filter((value) => value !== null).length;
  const named = recorded.features.flatMap((name, index) => {
    const value = recorded.row[index];
    return value === null || value === undefined || value === 0 ? [] : [`${name.replaceAll("_", " ")} ${short(value)}`];
  });
  return [
    `    ${what}: ${named.length === 0 ? "nothing but zeros" : named.join(", ")} (${known} of ${recorded.row.length} known)`,
  ];
}

function historyLines(records: readonly HealthRecord[]): readonly string[] {
  const rows = records
    .toReversed()
    .map(({ status }) => [
      status.updateTime,
      status.class,
      status.score === undefined ? "" : String(status.score),
      status.reasons[0]?.message ?? "",
    ]);
  return tableOf([["WHEN", "CLASS", "SCORE", "MAINLY BECAUSE"], ...rows]).map((line) => `    ${line}`);
}

async function replayLines(record: HealthRecord | undefined, signal: AbortSignal): Promise<readonly string[]> {
  if (record === undefined) return ["  There is no record to replay yet: one is kept with each score that is written."];
  const models = await openLiveModels(join(import.meta.dirname, "..", "..", "models"), signal);
  try {
    const again = await replay(record, models.madeOf(record), { signal });
    const same = sameValue(JSON.parse(JSON.stringify(again)), record.status);
    return same
      ? [`  Computed again from its record: ${words(again)}, the same in every digit.`]
      : [
          `  Computed again from its record: ${words(again)}, but ${words(record.status)} was written. Please report it.`,
        ];
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return [`  It can't be computed again here: ${error.message}. Use the dharma of the operator's own version.`];
  } finally {
    await models.close();
  }
}

const words = (health: { readonly class: string; readonly score?: number }): string =>
  health.score === undefined ? health.class : `${health.class}, ${health.score} of 100`;

const short = (value: number): string => String(Number(value.toPrecision(3)));
