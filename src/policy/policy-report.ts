// A namespace's or the cluster's compliance in the form other tools read: OpenReports, or PolicyReport before it.
import type { ComplianceReport, ReportedSubject } from "./report.ts";
import { compareText } from "./text-order.ts";

/**
 * The two APIs that carry it; the fields used here are the same in both. Sources: openreports.io/v1alpha1 of
 * openreports/reports-api v0.2.1, and wgpolicyk8s.io/v1alpha2 of kubernetes-sigs/wg-policy-prototypes.
 */
export type ReportApi = "openreports.io/v1alpha1" | "wgpolicyk8s.io/v1alpha2";

/** Results one report holds at most, worst first; the rest is in the summary's numbers. At most about 500 KiB. */
export const maxResults = 200;
const maxMessage = 1024;

const severityRank = { Critical: 0, High: 1, Medium: 2, Low: 3 } as const;

/** The body of a report, without metadata. Only failures are listed: passes are counted, or reports would outgrow etcd. */
export function reportBody(report: ComplianceReport) {
  const results = report.subjects
    .flatMap((subject) => subject.failures.map((failure) => ({ subject, failure })))
    .toSorted(
      (a, b) =>
        severityRank[a.failure.severity] - severityRank[b.failure.severity] ||
        compareText(a.subject.name, b.subject.name) ||
        compareText(a.failure.rule, b.failure.rule),
    );
  return {
    source: "dharma",
    configuration: { limits: { maxResults, statusFilter: ["fail"] } },
    summary: {
      pass: report.score.passed,
      fail: report.score.failed,
      warn: 0,
      error: report.unknown.length,
      skip: report.subjects.reduce((sum, { excepted }) => sum + excepted, 0),
    },
    results: results.slice(0, maxResults).map(resultOf),
  };
}

/** Score and scores by framework, as annotations: the report's own form has no place for them. */
export function reportAnnotations({ score }: ComplianceReport): Readonly<Record<string, string>> {
  const frameworks = Object.fromEntries(score.frameworks.map(({ name, scorePercent }) => [name, scorePercent]));
  return {
    ...(score.scorePercent === undefined ? {} : { "iacdharma.com/compliance-percent": String(score.scorePercent) }),
    "iacdharma.com/compliance-frameworks": JSON.stringify(frameworks),
  };
}

function resultOf({
  subject,
  failure,
}: {
  readonly subject: ReportedSubject;
  readonly failure: ReportedSubject["failures"][number];
}) {
  const seconds = Math.floor(Date.parse(subject.evaluateTime) / 1000);
  return {
    policy: failure.rule.slice(0, failure.rule.indexOf(".")),
    rule: failure.rule,
    category: failure.controls[0]?.split("/")[0] ?? "",
    severity: failure.severity.toLowerCase(),
    result: "fail",
    scored: true,
    source: "dharma",
    message: failure.message.slice(0, maxMessage),
    timestamp: { seconds: Number.isNaN(seconds) ? 0 : seconds, nanos: 0 },
    resources: [
      {
        apiVersion: subject.kind === "Namespace" ? "v1" : "iacdharma.com/v1alpha1",
        kind: subject.kind,
        namespace: subject.namespace,
        name: subject.name,
      },
    ],
    properties: {
      controls: failure.controls.join(" "),
      resources: failure.resources.join(" "),
      resourceCount: String(failure.resourceCount),
      remediation: failure.remediation,
    },
  };
}
