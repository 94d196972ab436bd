// A replayed decision for people: then and now side by side, and each finding that is not as it was.
import type { Comparison, Decision, FindingChange, PastDecision } from "../policy/index.ts";
import { tableOf } from "./table.ts";
import { nameOfUrn } from "../provision/plan/events.ts";

/** What was replayed, and what came of it. */
export interface Replay {
  readonly of: string;
  readonly verified: "verified" | "unrecorded";
  readonly settings: "recorded" | "current";
  readonly sameInput: boolean;
  readonly past: PastDecision | undefined;
  readonly now: Omit<Decision, "input">;
  readonly comparison: Comparison | undefined;
}

/** Lines of the answer; the last tells the outcome. */
export function replayLines(replay: Replay): readonly string[] {
  const { of, verified, past, now, comparison } = replay;
  const head = `${now.point} decision of ${of}${past?.time === undefined ? "" : `, made ${past.time}`}`;
  if (past === undefined || comparison === undefined) {
    return [head, "", ...sides([["NOW"], ...columnOf(now).map((cell) => [cell])]), "", ...findingLines(now)];
  }
  const then = columnOf(past);
  const lines = [
    head,
    verified === "verified"
      ? "The input is the one that was judged: its digest is that of the record."
      : "Nothing records which input was judged: that it is this one is the file's word.",
    "",
    ...sides([["THEN", "NOW"], ...columnOf(now).map((cell, index) => [then[index] ?? "", cell])]),
    "",
    ...noteLines(replay, comparison),
  ];
  const { changes, same } = comparison;
  if (same) return [...lines, "Same: the decision and every finding are as they were."];
  return [
    ...lines,
    past.allow === now.allow && past.requireApproval === now.requireApproval
      ? "Differs in its findings; the verdict is the same."
      : "Differs.",
    ...changes.flatMap(changeLines),
  ];
}

function columnOf(decision: PastDecision | Replay["now"]): readonly string[] {
  const { allow, requireApproval, deny, warn, bundle, settings = "" } = decision;
  return [
    allow ? (requireApproval ? "allowed with approval" : "allowed") : "denied",
    String(deny.length),
    String(warn.length),
    short(bundle),
    short(settings),
  ];
}

function sides(columns: readonly (readonly string[])[]): readonly string[] {
  const labels = ["", "decision", "denials", "warnings", "bundle", "settings"];
  return tableOf(columns.map((cells, index) => [labels[index] ?? "", ...cells]));
}

function noteLines({ past, settings, sameInput }: Replay, comparison: Comparison): readonly string[] {
  const refusal = past?.deny.find(({ rule }) => rule.startsWith("policy."));
  const notes = [
    comparison.sameBundle ? "" : "The bundle is another one than the one that decided.",
    settings === "current" ? "Decided under the settings of now; exceptions are taken at their word." : "",
    settings === "recorded" && !sameInput
      ? "What is masked today differs from what was: the rules saw another text."
      : "",
    refusal === undefined ? "" : `Then the policies were not asked or gave no answer: ${refusal.message}`,
  ].filter((note) => note !== "");
  return notes.length === 0 ? [] : [...notes, ""];
}

function changeLines({ rule, resource, before, after }: FindingChange): readonly string[] {
  const where = resource === "" ? "" : `  ${nameOfUrn(resource)}`;
  const kind = before === undefined ? "+" : after === undefined ? "-" : "~";
  const levels = [...new Set([before?.level, after?.level])].filter((level) => level !== undefined).join(" -> ");
  const severities = [...new Set([before?.severity, after?.severity])]
    .filter((each) => each !== undefined)
    .join(" -> ");
  const messages = [...new Set([before?.message, after?.message])].filter((message) => message !== undefined);
  return [`  ${kind} ${levels}  ${severities}  ${rule}${where}`, ...messages.map((message) => `      ${message}`)];
}

function findingLines({ deny, warn }: Replay["now"]): readonly string[] {
  const line = (level: string) => (finding: Decision["deny"][number]) => [
    `  ${level}  ${finding.severity}  ${finding.rule}${finding.resource === "" ? "" : `  ${nameOfUrn(finding.resource)}`}`,
    `      ${finding.message}`,
  ];
  return [...deny.flatMap(line("deny")), ...warn.flatMap(line("warn"))];
}

/** Digests as people compare them. */
function short(digest: string): string {
  return digest === "" ? "-" : digest.slice(0, "sha256:".length + 16);
}
