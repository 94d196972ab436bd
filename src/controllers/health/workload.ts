// Selected workloads: they have no status of ours, so their health stands in an annotation of the same shape.
import { type Condition, type Health, type KubeObject, type ResourceType } from "../../api/index.ts";
import type { ScoredObject } from "./scored.ts";

/** A Deployment, StatefulSet or DaemonSet, as far as health goes. */
export interface Workload extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly updatedReplicas?: number;
    readonly updatedNumberScheduled?: number;
    readonly conditions?: readonly (Omit<Condition, "lastTransitionTime"> & { readonly lastTransitionTime?: string })[];
  };
}

/** Workloads with this label are scored. */
export const scoredWorkloads = "iacdharma.com/health=score";
/** Where their health stands, as JSON of status.health. */
export const healthAnnotation = "iacdharma.com/health";

const apps = (kind: string, plural: string): ResourceType<Workload> => ({
  group: "apps",
  version: "v1",
  kind,
  plural,
  namespaced: true,
});

/** The types of workloads that can be selected. */
export const workloadTypes: readonly ResourceType<Workload>[] = [
  apps("Deployment", "deployments"),
  apps("StatefulSet", "statefulsets"),
  apps("DaemonSet", "daemonsets"),
];

/**
 * The workload in the shape of our kinds: Ready is whether as many Pods are ready as are wanted, and Unknown while they are being
 * rolled out, as our own kinds say it of work that is going on: a roll-out is no outage unless it gets stuck.
 */
export function asScored(workload: Workload): ScoredObject {
  const { status } = workload;
  const ready = readyOf(workload);
  const health = healthOf(workload);
  return {
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    metadata: workload.metadata,
    status: {
      ...(status?.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
      conditions: ready === undefined ? [] : [ready],
      ...(health === undefined ? {} : { health }),
    },
  };
}

function readyOf({ spec, status, metadata }: Workload): Condition | undefined {
  if (status?.observedGeneration === undefined) return undefined; // its controller has not seen it yet
  const wanted = status.desiredNumberScheduled ?? spec?.replicas ?? 1;
  const there = status.numberReady ?? status.readyReplicas ?? 0;
  const available = status.conditions?.find(({ type }) => type === "Available");
  const lastTransitionTime = available?.lastTransitionTime ?? metadata.creationTimestamp ?? "1970-01-01T00:00:00Z";
  const isReady = available === undefined ? there >= wanted : available.status === "True";
  const message = `${there} of ${wanted} Pods are ready`;
  if (!isReady && isRollingOut(status, wanted))
    return {
      type: "Ready",
      status: "Unknown",
      reason: "RollingOut",
      message: `${message}: they are being rolled out`,
      lastTransitionTime,
    };
  return {
    type: "Ready",
    status: isReady ? "True" : "False",
    reason: available?.reason ?? (isReady ? "PodsReady" : "PodsNotReady"),
    message,
    lastTransitionTime,
  };
}

/** A Deployment says so itself, until its progress deadline; others have not made all Pods of the newest revision yet. */
function isRollingOut({ conditions, updatedReplicas, updatedNumberScheduled }: Status, wanted: number): boolean {
  const progressing = conditions?.find(({ type }) => type === "Progressing");
  if (progressing !== undefined)
    return progressing.status === "True" && progressing.reason !== "NewReplicaSetAvailable";
  const made = updatedNumberScheduled ?? updatedReplicas;
  return made !== undefined && made < wanted;
}

type Status = NonNullable<Workload["status"]>;

/** What stands in the annotation; undefined where there is nothing, or nothing that can be read. */
function healthOf({ metadata }: Workload): Health | undefined {
  const text = metadata.annotations?.[healthAnnotation];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isHealth(value) ? value : undefined;
  } catch {
    return undefined; // somebody else's text: it is written over
  }
}

function isHealth(value: unknown): value is Health {
  if (typeof value !== "object" || value === null || !("class" in value)) return false;
  const known = ["Healthy", "Degraded", "Critical", "Unknown"].some((name) => name === value.class);
  return known && (!("score" in value) || typeof value.score === "number");
}
