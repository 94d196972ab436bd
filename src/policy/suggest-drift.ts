// Whether rules refuse more or less than they used to: the last 7 days against the 28 before, by an exact test.
import { dayMs, type MinedDecision } from "./suggest-mined.ts";

export interface DenialDrift {
  readonly rule: string;
  readonly direction: "rising" | "falling";
  readonly recent: DenialCount;
  readonly before: DenialCount;
  /** How likely a difference this large is where nothing changed. */
  readonly pValue: number;
}

export interface DenialCount {
  /** Specs the rule refused, and specs that were judged: a spec that is tried again counts once. */
  readonly denials: number;
  readonly decisions: number;
}

export interface DriftReport {
  /** What differs, the least likely first. */
  readonly drifts: readonly DenialDrift[];
  readonly recent: number;
  readonly before: number;
  /** Why nothing can be said; absent where it can. */
  readonly unknown?: string;
}

export const recentDays = 7;
export const beforeDays = 28;
/**
 * A difference is told where chance makes it in fewer than one of 100 cases, over all rules together (Bonferroni), and where
 * the side that refuses more has at least 5 refused specs. Neither window may have fewer than 10 judged specs.
 */
export const drift = { significance: 0.01, minimumDenials: 5, minimumDecisions: 10 } as const;

/**
 * Compares the rate at which each rule refuses. Given how many specs a rule refused in all, the number of the last 7 days is
 * binomial where the rate is unchanged, with the share of specs judged in them (the conditional test of two Poisson rates,
 * Przyborowski and Wilenski, Biometrika 31, 1940).
 */
export function denialDrift(decisions: readonly MinedDecision[], now: number): DriftReport {
  const split = now - recentDays * dayMs;
  const recent = decisions.filter(({ time }) => time > split && time <= now);
  const before = decisions.filter(({ time }) => time > split - beforeDays * dayMs && time <= split);
  const [n, m] = [specsOf(recent).size, specsOf(before).size];
  const counts = { recent: n, before: m };
  if (n < drift.minimumDecisions || m < drift.minimumDecisions) {
    const unknown = `too few specs were judged to tell: ${n} in the last ${recentDays} days and ${m} in the ${beforeDays} before, and ${drift.minimumDecisions} of each are needed`;
    return { drifts: [], ...counts, unknown };
  }
  const rules = new Set([...recent, ...before].flatMap(({ deny }) => deny.map(({ rule }) => rule)));
  const level = drift.significance / Math.max(1, rules.size);
  const drifts = [...rules].flatMap((rule): readonly DenialDrift[] => {
    const refusing = (of: readonly MinedDecision[]) =>
      specsOf(of.filter(({ deny }) => deny.some((finding) => finding.rule === rule))).size;
    const [k, l] = [refusing(recent), refusing(before)];
    const direction = k * m > l * n ? "rising" : "falling";
    const pValue = direction === "rising" ? atLeast(k, k + l, n / (n + m)) : atLeast(l, k + l, m / (n + m));
    if (Math.max(k, l) < drift.minimumDenials || pValue >= level) return [];
    const windows = { recent: { denials: k, decisions: n }, before: { denials: l, decisions: m } };
    return [{ rule, direction, ...windows, pValue }];
  });
  return { drifts: drifts.toSorted((a, b) => a.pValue - b.pValue), ...counts };
}

/** P(X >= count) of a binomial X. */
export function atLeast(count: number, trials: number, share: number): number {
  if (count <= 0) return 1;
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  let term = logChoose(trials, count) + count * Math.log(share) + (trials - count) * Math.log1p(-share);
  let total = 0;
  for (let k = count; k <= trials; k += 1) {
    total += Math.exp(term);
    term += Math.log((trials - k) / (k + 1)) + Math.log(share) - Math.log1p(-share);
  }
  return Math.min(1, total);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log((n - k + i) / i);
  return sum;
}

function specsOf(decisions: readonly MinedDecision[]): ReadonlySet<string> {
  return new Set(decisions.map(({ namespace, blueprint, generation }) => `${namespace}/${blueprint}/${generation}`));
}
