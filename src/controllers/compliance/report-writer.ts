// Writes compliance reports in the form the cluster has a kind for, only when they say something new.
import type { ResourceType } from "../../api/index.ts";
import { type Clock, isKubeError, type Kube } from "../../kube/index.ts";
import { type ComplianceReport, reportAnnotations, type ReportApi, reportBody } from "../../policy/index.ts";
import { type Logger, sameValue } from "../../runtime/index.ts";

/** Where a report belongs; without a namespace it is the cluster's. */
export interface ReportKey {
  readonly name: string;
  readonly namespace?: string;
}

export interface ReportWriter {
  write(key: ReportKey, report: ComplianceReport, signal: AbortSignal): Promise<void>;
  remove(key: ReportKey, signal: AbortSignal): Promise<void>;
}

const fieldManager = "dharma-compliance";
/** How often it is looked whether the cluster has a report kind. */
const discoverMs = 600_000;

/** A writer for one term of a leader. Without a report kind in the cluster it writes nothing. */
export function createReportWriter(parts: {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
}): ReportWriter {
  const { kube, clock, log } = parts;
  const written = new Map<string, object>();
  let known: { readonly api: ReportApi | undefined; readonly since: number } | undefined;

  async function typeFor({ namespace }: ReportKey, signal: AbortSignal): Promise<ResourceType | undefined> {
    if (known === undefined || clock.monotonic() - known.since > discoverMs)
      known = { api: await discover(kube, signal), since: clock.monotonic() };
    if (known.api === undefined) return undefined;
    return reportTypes[known.api][namespace === undefined ? "cluster" : "namespaced"];
  }

  return {
    async write(key, report, signal) {
      const type = await typeFor(key, signal);
      if (type === undefined) return;
      const id = `${key.namespace ?? ""}/${key.name}`;
      const body = {
        apiVersion: `${type.group}/${type.version}`,
        kind: type.kind,
        metadata: {
          ...key,
          labels: { "app.kubernetes.io/managed-by": "dharma" },
          annotations: reportAnnotations(report),
        },
        ...reportBody(report),
      };
      if (sameValue(written.get(id), body)) return;
      try {
        await kube.apply(type, body, { fieldManager, signal });
        written.set(id, body);
      } catch (error) {
        // The namespace is going, the kind went, or the right is missing: none gets better by another try at once.
        if (!isKubeError(error, "notFound", "forbidden")) throw error;
        log.warn("a compliance report was not written", { report: id, error });
      }
    },
    async remove(key, signal) {
      const type = await typeFor(key, signal);
      if (type === undefined) return;
      written.delete(`${key.namespace ?? ""}/${key.name}`);
      try {
        await kube.delete(type, key, { signal });
      } catch (error) {
        if (!isKubeError(error, "notFound", "forbidden")) throw error;
      }
    },
  };
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
