// Decisions as files: an input to replay without a cluster, with what was decided of it where that is known.
import { asText, isRecord } from "../kube/json.ts";
import type { DecisionPoint, Finding, Severity } from "./decision.ts";
import { canonicalText } from "./digest.ts";
import { maskSecrets } from "./mask.ts";
import { decisionPoint, keptDigest, type KeptInput } from "./replay-input.ts";

/** A decision of the past, as BlueprintRun.status.decisions records it. */
export interface PastDecision {
  readonly allow: boolean;
  readonly requireApproval: boolean;
  readonly deny: readonly Finding[];
  readonly warn: readonly Finding[];
  readonly bundle: string;
  readonly settings?: string;
  /** keptDigest of the input; absent: it was not kept. */
  readonly inputDigest?: string;
  readonly time?: string;
}

/** An input with the decision it led to. */
export interface Replayable {
  readonly kept: KeptInput;
  readonly past?: PastDecision;
}

/** The file that readReplayFile reads. */
export function replayFile({ kept, past }: Replayable, run: string): string {
  const { point, salt, text } = kept;
  const input: unknown = JSON.parse(text);
  return `${JSON.stringify({ run, point, salt, decision: past, input }, undefined, 2)}\n`;
}

/** Reads such a file, or one that is an input and nothing else (then of `point`). A string says what is wrong with it. */
export function readReplayFile(text: string, point: DecisionPoint): Replayable | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `it is no JSON: ${error instanceof Error ? error.message : "?"}`;
  }
  if (!isRecord(value)) return "it holds no object";
  const { input, salt = "" } = value;
  if (!isRecord(input)) return { kept: { point, salt: "", text: canonicalText(maskSecrets(value)) } };
  const named = value["point"] === undefined ? point : decisionPoint(value["point"]);
  if (named === undefined) return `there is no decision point ${JSON.stringify(value["point"])}`;
  const kept = { point: named, salt: asText(salt), text: canonicalText(maskSecrets(input)) };
  const past = readPast(value["decision"]);
  return { kept, ...(past === undefined ? {} : { past }) };
}

/** Reads a recorded decision; undefined for what is none. */
export function readPast(value: unknown): PastDecision | undefined {
  if (!isRecord(value)) return undefined;
  const { allow, requireApproval, bundle, settings, inputDigest, time } = value;
  if (typeof allow !== "boolean" || typeof requireApproval !== "boolean" || typeof bundle !== "string")
    return undefined;
  return {
    allow,
    requireApproval,
    deny: findings(value["deny"]),
    warn: findings(value["warn"]),
    bundle,
    ...(typeof settings === "string" ? { settings } : {}),
    ...(typeof inputDigest === "string" ? { inputDigest } : {}),
    ...(typeof time === "string" ? { time } : {}),
  };
}

/** `verified`: the input is the one the decision records. `unrecorded`: nothing says which it was. */
export function verify({ kept, past }: Replayable): "verified" | "unrecorded" | "another" {
  if (past?.inputDigest === undefined) return "unrecorded";
  return keptDigest(kept) === past.inputDigest ? "verified" : "another";
}

function findings(value: unknown): readonly Finding[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((finding) => ({
    rule: asText(finding["rule"]),
    message: asText(finding["message"]),
    resource: asText(finding["resource"]),
    controls: Array.isArray(finding["controls"]) ? finding["controls"].map(String) : [],
    severity: severities.find((known) => known === finding["severity"]) ?? "Low",
  }));
}

const severities: readonly Severity[] = ["Critical", "High", "Medium", "Low"];
