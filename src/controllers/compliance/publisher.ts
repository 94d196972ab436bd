// Publishes compliance of namespaces and the cluster: report objects where the cluster has such a kind, and metrics.
import type { Registry } from "prom-client";
import type { Blueprint, ResourceType } from "../../api/index.ts";
import { blueprints } from "../../api/index.ts";
import { type Clock, isKubeError, type Kube } from "../../kube/index.ts";
import {
  type Catalog,
  type ComplianceReport,
  complianceReport,
  type JudgedSubject,
  reportAnnotations,
  type ReportApi,
  reportBody,
} from "../../policy/index.ts";
import type { Informer, Logger, Task } from "../../runtime/index.ts";
import { sameValue } from "../../runtime/index.ts";
import { complianceMetrics } from "./metrics.ts";

export interface PublisherOptions {
  readonly cache: Informer<Blueprint>;
  readonly catalog: () => Catalog;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
}

const reportName = "dharma-blueprints";
const fieldManager = "dharma-compliance";
/** Changes are gathered this long, so that a wave of scores is one write a namespace. */
const gatherMs = 5_000;
/** How often it is looked whether the cluster has a report kind. */
const discoverMs = 600_000;

/** One report a namespace and one for the cluster, never more: a leader's task. */
export function compliancePublisher(options: PublisherOptions): Task {
  const { cache, clock, log } = options;
  const metrics = complianceMetrics(options.registry);
  return {
    name: "compliance-reports",
    scope: "leader",
    async run(signal, kube) {
      const dirty = new Set<string>();
      const written = new Map<string, object>();
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      cache.subscribe((change) => {
        const before = change.old?.status?.compliance;
        const after = change.new?.status?.compliance;
        if (change.kind === "modified" && sameValue(before, after)) return;
        dirty.add((change.new ?? change.old).metadata.namespace ?? "");
      }, both);
      let api: ReportApi | undefined;
      let discovered = Number.NEGATIVE_INFINITY;
      try {
        while (!signal.aborted) {
          if (dirty.size > 0) {
            if (clock.monotonic() - discovered > discoverMs) {
              api = await discover(kube, signal);
              discovered = clock.monotonic();
            }
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
        if (api === undefined) return;
        const type = reportTypes[api].namespaced;
        if (subjects.length === 0) await remove(type, name);
        else await write(type, { name: reportName, namespace: name }, report);
      }

      async function publishCluster(): Promise<void> {
        const report = reportOf(cache.list().map(subjectOf), "cluster");
        metrics.set("", report);
        if (api === undefined) return;
        // Evidence is in the namespaces' reports: the cluster's has the numbers alone.
        await write(reportTypes[api].cluster, { name: reportName }, { ...report, subjects: bare(report) });
      }

      async function write(
        type: ResourceType,
        key: { readonly name: string; readonly namespace?: string },
        report: ComplianceReport,
      ): Promise<void> {
        const body = {
          apiVersion: type.group === "" ? type.version : `${type.group}/${type.version}`,
          kind: type.kind,
          metadata: {
            ...key,
            labels: { "app.kubernetes.io/managed-by": "dharma" },
            annotations: reportAnnotations(report),
          },
          ...reportBody(report),
        };
        const id = `${key.namespace ?? ""}/${type.kind}`;
        if (sameValue(written.get(id), body)) return;
        try {
          await kube.apply(type, body, { fieldManager, signal });
          written.set(id, body);
        } catch (error) {
          // The namespace is going, or the kind went: neither is worth another try.
          if (!isKubeError(error, "notFound") && !isKubeError(error, "forbidden")) throw error;
          log.warn("a compliance report was not written", { report: id, error });
        }
      }

      async function remove(type: ResourceType, namespace: string): Promise<void> {
        written.delete(`${namespace}/${type.kind}`);
        try {
          await kube.delete(type, { name: reportName, namespace }, { signal });
        } catch (error) {
          if (!isKubeError(error, "notFound") && !isKubeError(error, "forbidden")) throw error;
        }
      }
    },
  };

  function reportOf(subjects: readonly JudgedSubject[], scope: string): ComplianceReport {
    return complianceReport(subjects, options.catalog(), { time: "", scope });
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

const reportTypes: Readonly<Record<ReportApi, { readonly namespaced: ResourceType; readonly cluster: ResourceType }>> =
  {
    "openreports.io/v1alpha1": {
      namespaced: reportType("openreports.io", "v1alpha1", "Report", "reports", "namespaced"),
      cluster: reportType("openreports.io", "v1alpha1", "ClusterReport", "clusterreports", "cluster"),
    },
    "wgpolicyk8s.io/v1alpha2": {
      namespaced: reportType("wgpolicyk8s.io", "v1alpha2", "PolicyReport", "policyreports", "namespaced"),
      cluster: reportType("wgpolicyk8s.io", "v1alpha2", "ClusterPolicyReport", "clusterpolicyreports", "cluster"),
    },
  };

function reportType(
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope: "namespaced" | "cluster",
): ResourceType {
  return { group, version, kind, plural, namespaced: scope === "namespaced" };
}

/** The report kind this cluster has; OpenReports before PolicyReport. */
async function discover(kube: Kube, signal: AbortSignal): Promise<ReportApi | undefined> {
  for (const api of ["openreports.io/v1alpha1", "wgpolicyk8s.io/v1alpha2"] as const) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- two at most, the second only without the first
      await kube.getPath(`/apis/${api}`, { signal });
      return api;
    } catch (error) {
      if (!isKubeError(error, "notFound")) throw error;
    }
  }
  return undefined;
}
