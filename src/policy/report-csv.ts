// The compliance report as CSV (RFC 4180): one row for each failing control of each subject.
import type { ComplianceReport } from "./report.ts";

const columns = [
  "namespace",
  "kind",
  "name",
  "result",
  "rule",
  "title",
  "severity",
  "controls",
  "resources",
  "resourceCount",
  "judged",
  "message",
  "remediation",
  "scorePercent",
  "evaluateTime",
  "bundle",
] as const;

/** A header and a row for each failure; a subject without a failure has one row that says so. */
export function reportCsv(report: ComplianceReport): string {
  const rows = report.subjects.flatMap((subject) => {
    const { namespace, kind, name, evaluateTime, bundle } = subject;
    const scorePercent = subject.scorePercent === undefined ? "" : String(subject.scorePercent);
    const whole = { namespace, kind, name, scorePercent, evaluateTime, bundle };
    if (subject.failures.length === 0) {
      return [{ ...whole, result: subject.scorePercent === undefined ? "unknown" : "pass" }];
    }
    return subject.failures.map(({ rule, title, severity, controls, resources, message, remediation, ...counts }) => ({
      ...whole,
      result: "fail",
      rule,
      title,
      severity,
      controls: controls.join(" "),
      resources: resources.join(" "),
      resourceCount: String(counts.resourceCount),
      judged: String(counts.judged),
      message,
      remediation,
    }));
  });
  const lines = rows.map((row: Readonly<Partial<Record<(typeof columns)[number], string>>>) =>
    columns.map((column) => field(row[column] ?? "")).join(","),
  );
  return `${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}

/** Quoted where needed; what a spreadsheet would take for a formula is made text (CWE-1236). */
function field(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
