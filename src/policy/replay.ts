// Decides again what was decided once: the same input under given bundles and settings, and how the answers differ.
import { randomBytes } from "node:crypto";
import type { Clock } from "../kube/clock.ts";
import { asRecord } from "../kube/json.ts";
import type { Bundle } from "./bundle.ts";
import type { Decision, DecisionInputs, DecisionPoint, Finding } from "./decision.ts";
import { createPolicyHost } from "./host.ts";
import type { PastDecision } from "./replay-file.ts";
import type { KeptInput } from "./replay-input.ts";
import type { EffectiveSettings } from "./settings.ts";

export interface ReplayOptions {
  /** What decides now: what any of them denies is denied. */
  readonly bundles: readonly Bundle[];
  /** Absent: those the input carries, as they were. */
  readonly settings?: EffectiveSettings | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Replayed {
  readonly decision: Decision;
  /** Whether the rules saw exactly the text that was kept; false under other settings, or where more is masked today. */
  readonly sameInput: boolean;
}

/** Nobody waits at a gate here, and the machine may be slow: milliseconds. */
const deadlineMs = 60_000;

/** Decides the kept input again. Rejects only with the signal's reason. */
export async function replayDecision(kept: KeptInput, options: ReplayOptions): Promise<Replayed> {
  const { bundles, clock, signal } = options;
  const { settings: recorded, ...input }: Readonly<Record<string, unknown>> = asRecord(JSON.parse(kept.text));
  const [first, ...others] = bundles;
  const host = createPolicyHost({
    bundles: { current: () => first, extra: () => others },
    key: { id: "replay", secret: randomBytes(32) }, // the operator's own is its secret; nothing here is recorded
    settings: () => options.settings ?? asRecord(recorded),
    clock,
    limits: { threads: 1, deadlineMs },
  });
  try {
    const texts: string[] = [];
    const decision = await host.decide(kept.point, inputOf(input), { signal, onInput: (text) => texts.push(text) });
    return { decision, sameInput: texts[0] === kept.text };
  } finally {
    await host.close();
  }
}

/** Rules take an input for data: what one of another version lacks is absent to them. */
function inputOf(input: object): DecisionInputs[DecisionPoint] {
  const typed: DecisionInputs[DecisionPoint] = JSON.parse(JSON.stringify(input));
  return typed;
}

/** How severe a finding was taken. */
export type Level = "deny" | "warn";

/** One finding that is not as it was. Absent `before`: it appeared; absent `after`: it went. */
export interface FindingChange {
  readonly rule: string;
  readonly resource: string;
  readonly before?: { readonly level: Level; readonly message: string; readonly severity: string };
  readonly after?: { readonly level: Level; readonly message: string; readonly severity: string };
}

export interface Comparison {
  /** Same verdict and same findings, whatever decided. */
  readonly same: boolean;
  readonly sameBundle: boolean;
  readonly sameSettings: boolean;
  readonly changes: readonly FindingChange[];
}

/** Compares a recorded decision with today's. Findings are matched by rule and resource, equal messages first. */
export function compareDecisions(then: PastDecision, now: Decision): Comparison {
  const before = leveled(then.deny, then.warn).filter(({ finding }) => finding.rule !== attestationRule);
  const after = leveled(now.deny, now.warn);
  const equal = take(before, after, (a, b) => a.level === b.level && sameFinding(a.finding, b.finding));
  const close = take(equal.before, equal.after, (a, b) => placeOf(a.finding) === placeOf(b.finding));
  const changes = [
    ...close.pairs.map(([a, b]) => ({ ...place(a.finding), before: said(a), after: said(b) })),
    ...close.before.map((a) => ({ ...place(a.finding), before: said(a) })),
    ...close.after.map((b) => ({ ...place(b.finding), after: said(b) })),
  ];
  const sameVerdict = then.allow === now.allow && then.requireApproval === now.requireApproval;
  return {
    same: sameVerdict && changes.length === 0,
    sameBundle: then.bundle === now.bundle,
    sameSettings: then.settings === undefined || then.settings === now.settings,
    changes,
  };
}

/** The operator's own word about exceptions nobody attested: no rule says it, so no replay can. */
const attestationRule = "policy.exception";

interface Leveled {
  readonly level: Level;
  readonly finding: Finding;
}

function leveled(deny: readonly Finding[], warn: readonly Finding[]): readonly Leveled[] {
  return [
    ...deny.map((finding) => ({ level: "deny" as const, finding })),
    ...warn.map((finding) => ({ level: "warn" as const, finding })),
  ];
}

/** Pairs what matches, each once; and what is left on both sides. */
function take(before: readonly Leveled[], after: readonly Leveled[], matches: (a: Leveled, b: Leveled) => boolean) {
  const left = [...after];
  const pairs: (readonly [Leveled, Leveled])[] = [];
  const gone: Leveled[] = [];
  for (const a of before) {
    const at = left.findIndex((b) => matches(a, b));
    const [b] = at === -1 ? [] : left.splice(at, 1);
    if (b === undefined) gone.push(a);
    else pairs.push([a, b]);
  }
  return { pairs, before: gone, after: left };
}

function sameFinding(a: Finding, b: Finding): boolean {
  return placeOf(a) === placeOf(b) && a.message === b.message && a.severity === b.severity;
}

function placeOf({ rule, resource }: Finding): string {
  return `${rule}\n${resource}`;
}

function place({ rule, resource }: Finding) {
  return { rule, resource };
}

function said({ level, finding: { message, severity } }: Leveled) {
  return { level, message, severity };
}
