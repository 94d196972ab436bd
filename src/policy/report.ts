// The compliance report: what an auditor reads, from the scores that are kept in statuses.
import type { Catalog } from "./catalog.ts";
import { type ComplianceScore, type FrameworkScore, joinScores } from "./compliance.ts";
import type { Severity } from "./decision.ts";
import { frameworks } from "./frameworks.ts";
import { compareText } from "./text-order.ts";

/** Something that was judged: a Blueprint's `status.compliance`, or that of a namespace's workloads. */
export interface JudgedSubject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined: it could not be judged, or was not yet. */
  readonly compliance?:
    | {
        readonly scorePercent: number;
        readonly passed?: number;
        readonly failed?: number;
        readonly excepted?: number;
        readonly frameworks?: readonly {
          readonly name: string;
          readonly scorePercent: number;
          readonly passed?: number;
          readonly failed?: number;
          readonly excepted?: number;
        }[];
        readonly failedControls?: readonly ReportedFailure[];
        readonly bundle?: string;
        readonly evaluateTime?: string;
      }
    | undefined;
}

/** A control that fails, with its evidence. */
export interface ReportedFailure {
  readonly rule: string;
  readonly severity: Severity;
  readonly controls: readonly string[];
  readonly message: string;
  readonly resources: readonly string[];
  readonly resourceCount: number;
  readonly judged: number;
}

export interface ReportedSubject extends ComplianceScore {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly excepted: number;
  readonly bundle: string;
  /** RFC 3339; "" where it was not judged. */
  readonly evaluateTime: string;
  readonly failures: readonly (ReportedFailure & { readonly title: string; readonly remediation: string })[];
}

export interface ComplianceReport {
  /** RFC 3339. */
  readonly time: string;
  /** What it is about, for people: a cluster or namespace. */
  readonly scope: string;
  /** Only the controls of this framework; absent: all. */
  readonly framework?: string;
  readonly score: ComplianceScore;
  readonly namespaces: readonly (ComplianceScore & { readonly name: string })[];
  /** By namespace and name. */
  readonly subjects: readonly ReportedSubject[];
  /** Subjects without a score: nothing is known of them, which is not the same as good. */
  readonly unknown: readonly string[];
}

/** Gathers the report. With `framework`, scores and failures are those of that framework alone. */
export function complianceReport(
  judged: readonly JudgedSubject[],
  catalog: Catalog,
  about: { readonly time: string; readonly scope: string; readonly framework?: string | undefined },
): ComplianceReport {
  const subjects = judged
    .map((subject) => reported(subject, catalog, about.framework))
    .toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  const names = [...new Set(subjects.map(({ namespace }) => namespace))];
  return {
    time: about.time,
    scope: about.scope,
    ...(about.framework === undefined ? {} : { framework: about.framework }),
    score: joinScores(subjects),
    namespaces: names.map((name) => ({
      name,
      ...joinScores(subjects.filter(({ namespace }) => namespace === name)),
    })),
    subjects,
    unknown: subjects
      .filter(({ scorePercent }) => scorePercent === undefined)
      .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
  };
}

/** A framework's name for people. */
export function titleOf(framework: string): string {
  return frameworks.find(({ name }) => name === framework)?.title ?? framework;
}

function reported(subject: JudgedSubject, catalog: Catalog, framework: string | undefined): ReportedSubject {
  const { kind, namespace, name, compliance } = subject;
  const scores: readonly FrameworkScore[] = (compliance?.frameworks ?? [])
    .filter((score) => framework === undefined || score.name === framework)
    .map(({ passed = 0, failed = 0, excepted = 0, ...score }) => ({ ...score, passed, failed, excepted }));
  const [only] = scores;
  const whole = framework === undefined ? compliance : only;
  return {
    kind,
    namespace,
    name,
    scorePercent: whole?.scorePercent,
    passed: whole?.passed ?? 0,
    failed: whole?.failed ?? 0,
    excepted: whole?.excepted ?? 0,
    frameworks: scores,
    bundle: compliance?.bundle ?? "",
    evaluateTime: compliance?.evaluateTime ?? "",
    failures: (compliance?.failedControls ?? [])
      .filter(({ controls }) => framework === undefined || controls.some((id) => id.startsWith(`${framework}/`)))
      .map((failure) => ({
        ...failure,
        title: catalog[failure.rule]?.title ?? failure.rule,
        remediation: catalog[failure.rule]?.remediation ?? "",
      })),
  };
}
