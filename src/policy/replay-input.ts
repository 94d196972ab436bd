// A decision's input as it is kept for replay: the text that was judged, and what proves that it is the one recorded.
import { randomBytes } from "node:crypto";
import { isRecord } from "../kube/json.ts";
import type { DecisionPoint } from "./decision.ts";
import { contentDigest } from "./digest.ts";

/**
 * What is kept of a decision. The text is masked: no secret is in it. The salt keeps the digest, which anybody who sees the
 * run can read, from telling whether a guessed input is the right one.
 */
export interface KeptInput {
  readonly point: DecisionPoint;
  /** 32 random bytes, hex. */
  readonly salt: string;
  /** Canonical JSON of the masked input with the settings and exceptions in force, exactly as the rules saw it. */
  readonly text: string;
}

/** The input to keep, under a salt of its own. */
export function keepInput(point: DecisionPoint, text: string): KeptInput {
  return { point, salt: randomBytes(32).toString("hex"), text };
}

/** `sha256:HEX` over point, salt and text: what a record says beside the decision. */
export function keptDigest({ point, salt, text }: KeptInput): string {
  return contentDigest(point, salt, text);
}

/** Reads what was kept; undefined for what is none. */
export function readKept(value: unknown): KeptInput | undefined {
  if (!isRecord(value)) return undefined;
  const { salt, text } = value;
  const point = decisionPoint(value["point"]);
  return point === undefined || typeof salt !== "string" || typeof text !== "string"
    ? undefined
    : { point, salt, text };
}

/** The decision point of that name; undefined where there is none. */
export function decisionPoint(name: unknown): DecisionPoint | undefined {
  return points.find((point) => point === name);
}

const points: readonly DecisionPoint[] = ["Admission", "Plan", "Remediation", "Edge"];
