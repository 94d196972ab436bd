// Compliance: a score per framework from what passes and what fails, and the findings that explain it.
import { type Catalog, type Control, frameworkOf } from "./catalog.ts";
import type { Evaluation, ExistingResource, Finding, Severity } from "./decision.ts";

/** One control that fails, with the resources that are the evidence. */
export interface FailedControl {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly controls: readonly string[];
  readonly remediation: string;
  /** What each failing resource lacks, worst first. */
  readonly findings: readonly Finding[];
  /** Resources the control looked at. */
  readonly judged: number;
}

export interface FrameworkScore {
  readonly name: string;
  /** 0 to 100, rounded down: 100 is said only when everything passes. */
  readonly scorePercent: number;
  readonly passed: number;
  readonly failed: number;
  /** Controls whose failing resources are all under an exception; they count neither way. */
  readonly excepted: number;
}

export interface Compliance {
  /** Over every control that could be judged; absent when there was none: that is not 100. */
  readonly scorePercent: number | undefined;
  readonly passed: number;
  readonly failed: readonly FailedControl[];
  readonly excepted: readonly Finding[];
  /** By name; only frameworks with a control that could be judged. */
  readonly frameworks: readonly FrameworkScore[];
}

/**
 * What a failing control takes from the score, by severity; a passing one gives the same. A critical failure weighs as much as
 * eight low ones. This is Dharma's own scale: no framework prescribes one.
 */
export const weights: Readonly<Record<Severity, number>> = { Critical: 8, High: 4, Medium: 2, Low: 1 };

/** Scores what was evaluated. A control counts where one of its types is among the resources. */
export function complianceOf(
  catalog: Catalog,
  resources: readonly ExistingResource[],
  { fails, excepted }: Pick<Evaluation, "fails" | "excepted">,
): Compliance {
  const counts = countBy(resources, ({ type }) => type);
  const failing = Map.groupBy(fails, ({ rule }) => rule);
  const covered = new Set(excepted.map(({ rule }) => rule));
  const judged = Object.entries(catalog).flatMap(([rule, control]): readonly JudgedControl[] => {
    const inScope = control.types.reduce((sum, type) => sum + (counts.get(type) ?? 0), 0);
    const findings = failing.get(rule) ?? [];
    if (inScope === 0 && findings.length === 0) return [];
    const result = findings.length > 0 ? "failed" : covered.has(rule) ? "excepted" : "passed";
    return [{ rule, control, result, findings, inScope }];
  });
  const names = new Set(judged.flatMap(({ control }) => control.controls.map(frameworkOf)));
  return {
    ...scoreOf(judged),
    failed: judged
      .filter(({ result }) => result === "failed")
      .map(({ rule, control, findings, inScope }) => {
        const { title, severity, controls, remediation } = control;
        return { rule, title, severity, controls, remediation, findings, judged: inScope };
      })
      .toSorted((a, b) => weights[b.severity] - weights[a.severity] || (a.rule < b.rule ? -1 : 1)),
    excepted,
    frameworks: [...names].toSorted().flatMap((name) => {
      const of = judged.filter(({ control }) => control.controls.some((id) => frameworkOf(id) === name));
      const { scorePercent, passed } = scoreOf(of);
      const failed = of.filter(({ result }) => result === "failed").length;
      if (scorePercent === undefined) return [];
      return [{ name, scorePercent, passed, failed, excepted: of.length - passed - failed }];
    }),
  };
}

/** What a score of several parts is made from: as much as a status keeps. */
export interface ComplianceScore {
  readonly scorePercent: number | undefined;
  /** Controls that pass, and that fail. */
  readonly passed: number;
  readonly failed: number;
  readonly frameworks: readonly FrameworkScore[];
}

/** One score of several parts' own (Blueprints of a namespace, namespaces of a cluster): every control of every part counts. */
export function joinScores(parts: readonly ComplianceScore[]): ComplianceScore {
  const names = new Set(parts.flatMap(({ frameworks }) => frameworks.map(({ name }) => name)));
  const judged = parts.filter(({ scorePercent }) => scorePercent !== undefined);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    scorePercent: mean(judged),
    passed: sum(judged.map(({ passed }) => passed)),
    failed: sum(judged.map(({ failed }) => failed)),
    frameworks: [...names].toSorted().flatMap((name) => {
      const of = parts.flatMap(({ frameworks }) => frameworks.filter((framework) => framework.name === name));
      const scorePercent = mean(of);
      if (scorePercent === undefined) return [];
      const [passed, failed, excepted] = [
        sum(of.map((part) => part.passed)),
        sum(of.map((part) => part.failed)),
        sum(of.map((part) => part.excepted)),
      ];
      return [{ name, scorePercent, passed, failed, excepted }];
    }),
  };
}

/** Weighted by the controls judged, rounded down; undefined where none was. */
function mean(
  parts: readonly { readonly scorePercent: number | undefined; readonly passed: number; readonly failed: number }[],
): number | undefined {
  let points = 0;
  let weight = 0;
  for (const { scorePercent = 0, passed, failed } of parts) {
    points += scorePercent * (passed + failed);
    weight += passed + failed;
  }
  return weight === 0 ? undefined : Math.floor(points / weight);
}

interface JudgedControl {
  readonly rule: string;
  readonly control: Control;
  readonly result: "passed" | "failed" | "excepted";
  readonly findings: readonly Finding[];
  readonly inScope: number;
}

function scoreOf(judged: readonly JudgedControl[]): {
  readonly scorePercent: number | undefined;
  readonly passed: number;
} {
  const counted = judged.filter(({ result }) => result !== "excepted");
  const sum = (of: readonly JudgedControl[]) => of.reduce((total, { control }) => total + weights[control.severity], 0);
  const passed = counted.filter(({ result }) => result === "passed");
  const total = sum(counted);
  return { scorePercent: total === 0 ? undefined : Math.floor((100 * sum(passed)) / total), passed: passed.length };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
