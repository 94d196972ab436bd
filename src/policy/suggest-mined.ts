// What suggestions are mined from, what they look like, and what they rest on.
import type { Catalog } from "./catalog.ts";
import type { NamespacedException } from "./registry.ts";
import type { JudgedSubject } from "./report.ts";
import type { PolicySettings } from "./settings.ts";

/** A rule that spoke in a decision. */
export interface MinedFinding {
  readonly rule: string;
  readonly message: string;
  /** URN; "" where it is about the whole plan. */
  readonly resource: string;
}

/** A decision about a Blueprint's plan. */
export interface MinedDecision {
  readonly namespace: string;
  readonly blueprint: string;
  /** The spec that was judged: retries of one spec say nothing new. */
  readonly generation: number;
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly allow: boolean;
  readonly requireApproval: boolean;
  readonly deny: readonly MinedFinding[];
  readonly warn: readonly MinedFinding[];
}

/** An exception as somebody wrote it, in force or past. */
export interface MinedException extends NamespacedException {
  /** `Blueprint NAMESPACE/NAME` whose annotation holds it; absent: the policy settings do. */
  readonly blueprint?: string;
}

/** Everything that is mined. */
export interface Mined {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly decisions: readonly MinedDecision[];
  /** Every Blueprint in reach, with its score where it has one. */
  readonly judged: readonly JudgedSubject[];
  /** Absent: not known, and nothing is suggested about modes, parameters or exceptions in force. */
  readonly settings?: PolicySettings | undefined;
  readonly exceptions: readonly MinedException[];
  readonly catalog: Catalog;
}

/**
 * - `Exception`: accept a finding that is refused again and again, or change the spec as `change` says.
 * - `Parameter`: what exceptions or approvals allow each time, the settings could say once.
 * - `Enforce`: a pack that nothing fails could refuse from now on.
 * - `Remove`: an exception that covers nothing.
 */
export type SuggestionKind = "Exception" | "Parameter" | "Enforce" | "Remove";

export interface Suggestion {
  readonly kind: SuggestionKind;
  /** The same for the same suggestion at another time. */
  readonly name: string;
  /** One sentence. */
  readonly title: string;
  readonly evidence: Evidence;
  /** What to do instead of, or beside, the settings. */
  readonly change?: string;
  /** A fragment of the policy settings to merge by hand; empty text in it is to be filled in. */
  readonly settings?: PolicySettings;
}

/** What a suggestion rests on. */
export interface Evidence {
  /** How often it was seen; what, the facts tell. */
  readonly count: number;
  /** Names of runs, the newest first, 10 at most. */
  readonly runs: readonly string[];
  /** RFC 3339; absent where no decision was involved. */
  readonly firstTime?: string;
  readonly lastTime?: string;
  readonly facts: readonly string[];
}

export interface Thresholds {
  /** Days that are looked at. */
  readonly days: number;
  /** Denials of one rule for one resource, or approvals asked by one rule of one Blueprint. */
  readonly repeated: number;
  /** Runs in which an exception was used, or resources it covers. */
  readonly used: number;
}

export const defaultThresholds: Thresholds = { days: 30, repeated: 3, used: 5 };

/** Milliseconds. */
export const dayMs = 86_400_000;

/** Evidence of decisions. */
export function seenIn(decisions: readonly MinedDecision[], count: number, facts: readonly string[]): Evidence {
  const newest = decisions.toSorted((a, b) => b.time - a.time);
  const [last] = newest;
  const first = newest.at(-1);
  return {
    count,
    runs: [...new Set(newest.map(({ run }) => run))].slice(0, 10),
    ...(first === undefined ? {} : { firstTime: new Date(first.time).toISOString() }),
    ...(last === undefined ? {} : { lastTime: new Date(last.time).toISOString() }),
    facts,
  };
}

/** Letters, digits and dashes of a text, at most 63, as names of exceptions are written. */
export function nameFrom(...parts: readonly string[]): string {
  const text = parts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  return text.slice(0, 63).replaceAll(/^-+|-+$/g, "");
}

/** The logical name in a URN, by which exceptions name resources. */
export function resourceName(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
