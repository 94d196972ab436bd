// What is kept of a Pod for the past of its workload, and whose it is. Pure.
import type { KubeObject, OwnerReference, ResourceType } from "../../api/index.ts";
import { pods } from "../../api/index.ts";
import type { ContainerRestarts } from "../../signals/index.ts";

/** A Pod, as far as the past of its workload goes. */
export interface WatchedPod extends KubeObject {
  readonly status?: {
    readonly containerStatuses?: readonly ContainerRestarts[];
    readonly initContainerStatuses?: readonly ContainerRestarts[];
  };
}

const { group, version, kind, plural, namespaced } = pods;
export const watchedPods: ResourceType<WatchedPod> = { group, version, kind, plural, namespaced };

/** A workload that can be selected, by name; the uid where the Pod tells it. */
export interface PodOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
}

/** The label by which a Deployment tells the Pods of its ReplicaSets apart; it ends the ReplicaSet's name. */
const hashLabel = "pod-template-hash";

/** Whose the Pod is; undefined for one of something that is never scored, such as a Job. */
export function podOwner({ metadata }: KubeObject): PodOwner | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || !owner.apiVersion.startsWith("apps/")) return undefined;
  if (owner.kind === "StatefulSet" || owner.kind === "DaemonSet") return owner;
  const ending = `-${metadata.labels?.[hashLabel] ?? ""}`;
  const isMade = owner.kind === "ReplicaSet" && ending.length > 1 && owner.name.endsWith(ending);
  return isMade ? { kind: "Deployment", name: owner.name.slice(0, -ending.length) } : undefined;
}

/** The Pod without everything that is not asked for here: a Pod is some kilobytes, this some hundred bytes. */
export function reducedPod({ apiVersion, kind: same, metadata, status }: WatchedPod): WatchedPod {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = metadata;
  const hash = labels?.[hashLabel];
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return {
    apiVersion,
    kind: same,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(hash === undefined ? {} : { labels: { [hashLabel]: hash } }),
      ...(owner === undefined ? {} : { ownerReferences: [reducedOwner(owner)] }),
    },
    ...(owner === undefined ? {} : { status: { containerStatuses: containers.map(reducedContainer) } }),
  };
}

function reducedOwner({ apiVersion, kind: of, name, uid }: OwnerReference): OwnerReference {
  return { apiVersion, kind: of, name, uid, controller: true };
}

function reducedContainer({ name, restartCount, lastState }: ContainerRestarts): ContainerRestarts {
  const finishedAt = lastState?.terminated?.finishedAt;
  return { name, restartCount, ...(finishedAt === undefined ? {} : { lastState: { terminated: { finishedAt } } }) };
}
