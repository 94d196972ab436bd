// Publishes compliance of namespaces and the cluster: report objects where the cluster has such a kind, and metrics.
import type { Registry } from "prom-client";
import type { Blueprint } from "../../api/index.ts";
import { blueprints } from "../../api/index.ts";
import type { Clock } from "../../kube/index.ts";
import {
  type PolicyRegistry,
  type ComplianceReport,
  complianceReport,
  type JudgedSubject,
} from "../../policy/index.ts";
import type { Informer, Logger, Task } from "../../runtime/index.ts";
import { sameValue } from "../../runtime/index.ts";
import { complianceMetrics } from "./metrics.ts";
import { createReportWriter } from "./report-writer.ts";

export interface PublisherOptions {
  readonly cache: Informer<Blueprint>;
  readonly rules: Pick<PolicyRegistry, "catalog">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
}

const reportName = "dharma-blueprints";
/** Changes are gathered this long, so that a wave of scores is one write a namespace. */
const gatherMs = 5_000;

/** One report a namespace and one for the cluster, never more: a leader's task. */
export function compliancePublisher(options: PublisherOptions): Task {
  const { cache, clock, log } = options;
  const metrics = complianceMetrics(options.registry);
  return {
    name: "compliance-reports",
    scope: "leader",
    async run(signal, kube) {
      const dirty = new Set<string>();
      const writer = createReportWriter({ kube, clock, log });
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      cache.subscribe((change) => {
        const before = change.old?.status?.compliance;
        const after = change.new?.status?.compliance;
        if (change.kind === "modified" && sameValue(before, after)) return;
        dirty.add((change.new ?? change.old).metadata.namespace ?? "");
      }, both);
      try {
        while (!signal.aborted) {
          if (dirty.size > 0) {
            const names = [...dirty];
            dirty.clear();
            try {
              for (const name of names) await publishNamespace(name);
              await publishCluster();
            } catch (error) {
              for (const name of names) dirty.add(name);
              if (signal.aborted) break;
              log.warn("compliance reports could not be written; tried again", { error });
            }
          }
          await clock.sleep(gatherMs, signal);
        }
      } finally {
        stop.abort();
        metrics.reset();
      }

      async function publishNamespace(name: string): Promise<void> {
        const subjects = cache.list(name).map(subjectOf);
        const report = reportOf(subjects, `namespace ${name}`);
        metrics.set(name, subjects.length === 0 ? undefined : report);
        const key = { name: reportName, namespace: name };
        if (subjects.length === 0) await writer.remove(key, signal);
        else await writer.write(key, report, signal);
      }

      async function publishCluster(): Promise<void> {
        const report = reportOf(cache.list().map(subjectOf), "cluster");
        metrics.set("", report);
        // Evidence is in the namespaces' reports: the cluster's has the numbers alone.
        await writer.write({ name: reportName }, { ...report, subjects: bare(report) }, signal);
      }
    },
  };

  function reportOf(subjects: readonly JudgedSubject[], scope: string): ComplianceReport {
    return complianceReport(subjects, options.rules.catalog(), { time: "", scope });
  }
}

function subjectOf({ metadata, status }: Blueprint): JudgedSubject {
  return {
    kind: blueprints.kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    compliance: status?.compliance,
  };
}

function bare(report: ComplianceReport): ComplianceReport["subjects"] {
  return report.subjects.map((subject) => ({ ...subject, failures: [] }));
}
