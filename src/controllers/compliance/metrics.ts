// Compliance as metrics, by namespace and framework; only the replica that leads tells them.
import { Gauge, type Registry } from "prom-client";
import type { Compliance, ComplianceReport } from "../../policy/index.ts";

export interface ComplianceMetrics {
  /** Scores of a namespace, or of the cluster under "". Undefined: there is nothing any more. */
  set(namespace: string, report: ComplianceReport | undefined): void;
  /** A replica that leads no more says nothing. */
  reset(): void;
}

export function complianceMetrics(registry: Registry): ComplianceMetrics {
  const score = new Gauge({
    name: "dharma_compliance_score_percent",
    help: 'Compliance score, 0 to 100; namespace "" is the cluster, framework "all" every control.',
    labelNames: ["namespace", "framework"],
    registers: [registry],
  });
  const failed = new Gauge({
    name: "dharma_compliance_failed_controls",
    help: "Controls that fail, by namespace; a control counts once for each Blueprint.",
    labelNames: ["namespace"],
    registers: [registry],
  });
  const known = new Map<string, ReadonlySet<string>>();
  return {
    set(namespace: string, report: ComplianceReport | undefined): void {
      const scores = new Map<string, number>();
      if (report?.score.scorePercent !== undefined) scores.set("all", report.score.scorePercent);
      for (const { name, scorePercent } of report?.score.frameworks ?? []) scores.set(name, scorePercent);
      for (const framework of known.get(namespace) ?? [])
        if (!scores.has(framework)) score.remove({ namespace, framework });
      for (const [framework, value] of scores) score.set({ namespace, framework }, value);
      known.set(namespace, new Set(scores.keys()));
      if (report === undefined) failed.remove({ namespace });
      else failed.set({ namespace }, report.score.failed);
    },
    reset(): void {
      score.reset();
      failed.reset();
      known.clear();
    },
  };
}

export interface WorkloadMetrics {
  set(namespace: string, compliance: Pick<Compliance, "scorePercent" | "failed"> | undefined): void;
  reset(): void;
}

/** The same for live workloads of labelled namespaces. */
export function workloadMetrics(registry: Registry): WorkloadMetrics {
  const score = new Gauge({
    name: "dharma_workload_compliance_score_percent",
    help: "Compliance score of a namespace's workloads, 0 to 100.",
    labelNames: ["namespace"],
    registers: [registry],
  });
  const failed = new Gauge({
    name: "dharma_workload_compliance_failed_controls",
    help: "Controls that workloads of a namespace fail.",
    labelNames: ["namespace"],
    registers: [registry],
  });
  return {
    set(namespace, compliance) {
      if (compliance?.scorePercent === undefined) score.remove({ namespace });
      else score.set({ namespace }, compliance.scorePercent);
      if (compliance === undefined) failed.remove({ namespace });
      else failed.set({ namespace }, compliance.failed.length);
    },
    reset() {
      score.reset();
      failed.reset();
    },
  };
}
