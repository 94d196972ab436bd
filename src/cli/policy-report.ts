// `dharma policy report`: compliance for people, spreadsheets, machines and auditors.
import { join } from "node:path";
import { type Blueprint, blueprints } from "../api/index.ts";
import type { Kube } from "../kube/index.ts";
import {
  type ComplianceReport,
  complianceReport,
  frameworks,
  type JudgedSubject,
  readCatalog,
  reportCsv,
  reportHtml,
} from "../policy/index.ts";
import { CommandError } from "./connect.ts";
import { every } from "./every.ts";
import { tableOf } from "./table.ts";

export interface ReportRequest {
  /** "": all namespaces. */
  readonly namespace: string;
  readonly format: "table" | "json" | "csv" | "html";
  readonly framework?: string | undefined;
  /** For the title: which cluster. */
  readonly cluster: string;
}

const catalogFolder = join(import.meta.dirname, "..", "..", "policies", "catalog");

/** The report as text that ends in a newline. */
export async function policyReport(
  kube: Kube,
  { namespace, format, framework, cluster }: ReportRequest,
  now: number,
  signal: AbortSignal,
): Promise<string> {
  if (framework !== undefined && !frameworks.some(({ name }) => name === framework)) {
    throw new CommandError(
      `There is no framework ${framework}. Use one of ${frameworks.map(({ name }) => name).join(", ")}.`,
    );
  }
  const judged = (await every(kube, blueprints, namespace, signal)).map(subjectOf);
  const report = complianceReport(judged, await readCatalog(catalogFolder, signal), {
    time: new Date(now).toISOString(),
    scope: namespace === "" ? `cluster ${cluster}` : `namespace ${namespace}`,
    framework,
  });
  switch (format) {
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case "csv":
      return reportCsv(report);
    case "html":
      return reportHtml(report);
    case "table":
      return `${tableLines(report).join("\n")}\n`;
  }
}

function subjectOf({ metadata, status }: Blueprint): JudgedSubject {
  const { namespace = "", name } = metadata;
  return { kind: blueprints.kind, namespace, name, compliance: status?.compliance };
}

function tableLines({ scope, score, subjects, unknown }: ComplianceReport): readonly string[] {
  if (subjects.length === 0) return [`There are no Blueprints in ${scope}.`];
  const told = (scorePercent: number | undefined) => (scorePercent === undefined ? "-" : `${scorePercent} %`);
  const lines = [
    ...tableOf([
      ["NAMESPACE", "BLUEPRINT", "SCORE", "PASSED", "FAILED", "EXCEPTED", "WORST"],
      ...subjects.map(({ namespace, name, scorePercent, passed, failed, excepted, failures }) => [
        namespace,
        name,
        told(scorePercent),
        String(passed),
        String(failed),
        String(excepted),
        failures[0] === undefined ? "" : `${failures[0].severity}: ${failures[0].rule}`,
      ]),
    ]),
    "",
    ...tableOf([
      ["FRAMEWORK", "SCORE", "PASSED", "FAILED", "EXCEPTED"],
      ...score.frameworks.map(({ name, scorePercent, passed, failed, excepted }) => [
        name,
        told(scorePercent),
        String(passed),
        String(failed),
        String(excepted),
      ]),
      ["all", told(score.scorePercent), String(score.passed), String(score.failed), ""],
    ]),
  ];
  if (unknown.length > 0) lines.push("", `Not judged yet: ${unknown.join(", ")}.`);
  lines.push("", "For the evidence: dharma policy report -o html > report.html, or -o csv.");
  return lines;
}
