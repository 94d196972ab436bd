// Reads what a policy answered: exactly the contract, or it is no answer.
import { isRecord } from "../kube/json.ts";
import type { Evaluation, Finding, Severity } from "./decision.ts";
import { compareText } from "./text-order.ts";

/** The contract of every entrypoint: `{allow, requireApproval, deny[], warn[]}`. */
export interface Answer {
  readonly allow: boolean;
  readonly requireApproval: boolean;
  readonly deny: readonly Finding[];
  readonly warn: readonly Finding[];
}

/** Findings a record has room for; what is beyond is counted in a last one. */
export const MAX_FINDINGS = 100;
const MAX_MESSAGE = 4096;
const MAX_CONTROLS = 64;

const severities: readonly Severity[] = ["Critical", "High", "Medium", "Low"];

/** The answer in an OPA result set, findings sorted (worst first) and bounded; a string says what is wrong with it. */
export function readAnswer(resultSet: unknown): Answer | string {
  if (!Array.isArray(resultSet) || resultSet.length !== 1) return "the rule has no value for this input";
  const first: unknown = resultSet[0];
  const result = isRecord(first) ? first["result"] : undefined;
  if (!isRecord(result)) return "the answer is not an object";
  const { allow, requireApproval } = result;
  if (typeof allow !== "boolean" || typeof requireApproval !== "boolean") {
    return "allow and requireApproval must be booleans";
  }
  const deny = readFindings(result["deny"]);
  const warn = readFindings(result["warn"]);
  if (deny === undefined || warn === undefined) {
    return "deny and warn must be lists of {rule, message, resource, controls, severity}";
  }
  if (allow !== (deny.length === 0)) return "allow must be true exactly when deny is empty";
  return { allow, requireApproval, deny, warn };
}

/** The answers of several bundles as one: what any denies is denied, what any asks for is asked. */
export function joinAnswers(answers: readonly Answer[]): Answer {
  const [first, ...others] = answers;
  if (first !== undefined && others.length === 0) return first;
  const deny = bounded(answers.flatMap((answer) => answer.deny));
  return {
    allow: answers.every(({ allow }) => allow),
    requireApproval: answers.some(({ requireApproval }) => requireApproval),
    deny,
    warn: bounded(answers.flatMap((answer) => answer.warn)),
  };
}

/** The findings of a compliance evaluation, all of them; a string says what is wrong with the result set. */
export function readEvaluation(resultSet: unknown): Omit<Evaluation, "bundle"> | string {
  if (!Array.isArray(resultSet) || resultSet.length !== 1) return "the rule has no value for these resources";
  const first: unknown = resultSet[0];
  const result = isRecord(first) ? first["result"] : undefined;
  const fails = isRecord(result) ? everyFinding(result["fails"]) : undefined;
  const excepted = isRecord(result) ? everyFinding(result["excepted"]) : undefined;
  const denied = isRecord(result) ? everyFinding(result["denied"] ?? []) : undefined;
  if (fails === undefined || excepted === undefined || denied === undefined)
    return "fails, denied and excepted must be lists of findings";
  return { fails, denied, excepted };
}

function readFindings(value: unknown): readonly Finding[] | undefined {
  const findings = everyFinding(value);
  return findings === undefined ? undefined : bounded(findings);
}

function everyFinding(value: unknown): readonly Finding[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const findings = value.map(readFinding).filter((finding) => finding !== undefined);
  return findings.length === value.length ? findings : undefined;
}

function bounded(findings: readonly Finding[]): readonly Finding[] {
  const sorted = findings.toSorted(bySeverity);
  if (sorted.length <= MAX_FINDINGS) return sorted;
  const rest = sorted.length - MAX_FINDINGS + 1;
  const worst = sorted[MAX_FINDINGS - 1]?.severity ?? "Low";
  const message = `and ${rest} more findings: mend those above first`;
  return [
    ...sorted.slice(0, MAX_FINDINGS - 1),
    { rule: "policy.more", message, resource: "", controls: [], severity: worst },
  ];
}

function readFinding(value: unknown): Finding | undefined {
  if (!isRecord(value)) return undefined;
  const { rule, message, resource, controls } = value;
  const severity = severities.find((known) => known === value["severity"]);
  if (typeof rule !== "string" || typeof message !== "string" || severity === undefined) return undefined;
  if (typeof resource !== "string" || !isStrings(controls)) return undefined;
  return {
    rule,
    message: message.slice(0, MAX_MESSAGE),
    resource,
    controls: controls.toSorted().slice(0, MAX_CONTROLS),
    severity,
  };
}

function bySeverity(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    compareText(a.rule, b.rule) ||
    compareText(a.resource, b.resource) ||
    compareText(a.message, b.message)
  );
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
