// `dharma policy suggest`: what the decisions of the last weeks suggest to change. It prints, and applies nothing.
import { join } from "node:path";
import { type Blueprint, type BlueprintRun, blueprintRuns, blueprints } from "../api/index.ts";
import { exceptAnnotation, inForce, readExcept } from "../controllers/attestation/exceptions.ts";
import type { Kube } from "../kube/index.ts";
import {
  denialDrift,
  type DriftReport,
  expiryOf,
  type Mined,
  type MinedDecision,
  type MinedException,
  readCatalog,
  readPast,
  type Suggestion,
  suggestionsOf,
  suggestionYaml,
} from "../policy/index.ts";
import { CommandError } from "./connect.ts";
import { every } from "./every.ts";
import { currentSettings, type SettingsPlace } from "./policy-settings.ts";
import { tableOf } from "./table.ts";

export interface SuggestRequest extends SettingsPlace {
  /** "": all namespaces. */
  readonly namespace: string;
  readonly format: "table" | "yaml" | "json";
}

const catalogFolder = join(import.meta.dirname, "..", "..", "policies", "catalog");

/** The suggestions and the drift as text that ends in a newline. */
export async function policySuggest(
  kube: Kube,
  request: SuggestRequest,
  now: number,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, format } = request;
  const [objects, runs] = await Promise.all([
    every(kube, blueprints, namespace, signal),
    every(kube, blueprintRuns, namespace, signal),
  ]);
  const { settings, inSettings, unread } = await settingsOf(kube, request, now, signal);
  const mined: Mined = {
    now,
    decisions: runs.flatMap(decisionsOf),
    judged: objects.map(({ metadata, status }) => ({
      kind: blueprints.kind,
      namespace: metadata.namespace ?? "",
      name: metadata.name,
      compliance: status?.compliance,
    })),
    settings,
    exceptions: [...inSettings.filter((each) => reaches(each, namespace)), ...objects.flatMap(exceptionsIn)],
    catalog: await readCatalog(catalogFolder, signal),
  };
  const suggestions = suggestionsOf(mined);
  const drift = denialDrift(mined.decisions, now);
  const notes = [
    `Mined: ${counted(mined.decisions.length, "decision")} of ${counted(objects.length, "Blueprint")}${sinceOf(mined.decisions)}.`,
    ...(unread === undefined ? [] : [`Nothing is suggested of modes, parameters and settings' exceptions. ${unread}`]),
  ];
  switch (format) {
    case "json":
      return `${JSON.stringify({ suggestions, drift, notes }, undefined, 2)}\n`;
    case "yaml":
      return `${[...notes, ...driftLines(drift)].map((line) => `# ${line}`.trimEnd()).join("\n")}\n${suggestions.map(suggestionYaml).join("")}`;
    case "table":
      return `${[...suggestionLines(suggestions), "", ...driftLines(drift), "", ...notes].join("\n")}\n`;
  }
}

async function settingsOf(
  kube: Kube,
  place: SettingsPlace,
  now: number,
  signal: AbortSignal,
): Promise<{
  readonly settings: Mined["settings"];
  readonly inSettings: readonly MinedException[];
  readonly unread?: string;
}> {
  try {
    const { settings } = await currentSettings(kube, place, now, signal);
    return { settings, inSettings: (settings.exceptions ?? []).map(inForce) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { settings: undefined, inSettings: [], unread: error.message };
  }
}

/** With one namespace only, what holds elsewhere too can't be judged from here. */
function reaches({ namespaces }: MinedException, namespace: string): boolean {
  return namespace === "" || (namespaces?.every((each) => each === namespace) ?? false);
}

function decisionsOf({ metadata, spec, status }: BlueprintRun): readonly MinedDecision[] {
  return (status?.decisions ?? []).flatMap((recorded) => {
    const past = readPast(recorded);
    const time = Date.parse(past?.time ?? metadata.creationTimestamp ?? "");
    if (recorded.point !== "Plan" || past === undefined || Number.isNaN(time)) return [];
    const { allow, requireApproval, deny, warn } = past;
    const { name, generation } = spec.blueprintRef;
    const of = { namespace: metadata.namespace ?? "", blueprint: name, generation, run: metadata.name };
    return [{ ...of, time, allow, requireApproval, deny, warn }];
  });
}

function exceptionsIn({ metadata: { namespace = "", name, annotations } }: Blueprint): readonly MinedException[] {
  const read = readExcept(annotations?.[exceptAnnotation] ?? "");
  if (typeof read === "string") return [];
  return read.map(({ expireTime, ...exception }, index) => ({
    name: `${name}-${index + 1}`,
    ...exception,
    namespaces: [namespace],
    blueprint: `Blueprint ${namespace}/${name}`,
    owner: "who set the annotation",
    expireTime: expiryOf(expireTime) ?? expireTime,
  }));
}

function suggestionLines(suggestions: readonly Suggestion[]): readonly string[] {
  if (suggestions.length === 0) return ["Nothing to suggest."];
  return suggestions.flatMap(({ kind, title, evidence, change }, index) => [
    ...(index === 0 ? [] : [""]),
    `${index + 1}. ${kind}: ${title}.`,
    ...evidence.facts.map((fact) => `     ${fact}`),
    ...(evidence.runs.length === 0 ? [] : [`     runs: ${evidence.runs.join(", ")}`]),
    ...(change === undefined ? [] : [`   ${change}`]),
    ...(index === suggestions.length - 1
      ? ["", "To review and merge by hand: dharma policy suggest -o yaml > suggestions.yaml. Nothing was changed."]
      : []),
  ]);
}

function driftLines({ drifts, recent, before, unknown }: DriftReport): readonly string[] {
  if (unknown !== undefined) return [`Drift in denials: ${unknown}.`];
  const windows = `the last 7 days (${recent} specs judged) against the 28 before (${before})`;
  if (drifts.length === 0) return [`Drift in denials: none; ${windows}.`];
  return [
    `Drift in denials: ${windows}`,
    ...tableOf([
      ["RULE", "REFUSES", "NOW", "BEFORE", "BY CHANCE"],
      ...drifts.map(({ rule, direction, recent: last, before: earlier, pValue }) => [
        rule,
        direction === "rising" ? "more" : "less",
        `${last.denials} of ${last.decisions}`,
        `${earlier.denials} of ${earlier.decisions}`,
        pValue < 0.0001 ? "< 0.01 %" : `${(100 * pValue).toFixed(2)} %`,
      ]),
    ]).map((line) => `  ${line}`),
  ];
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function sinceOf(decisions: readonly MinedDecision[]): string {
  const first = Math.min(...decisions.map(({ time }) => time));
  return Number.isFinite(first)
    ? `, the oldest of ${new Date(first).toISOString()} (spec.runHistoryLimit keeps them)`
    : "";
}
