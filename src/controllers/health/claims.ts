// Which subject a sample is about, by the labels that exporters give.
import { type Event, group } from "../../api/index.ts";
import type { Sample } from "../../signals/index.ts";

/** A subject's uid by kind, namespace and name; undefined where there is none. */
export type FindSubject = (kind: string, namespace: string, name: string) => string | undefined;

/** Labels that name a workload, as kube-state-metrics gives them. */
const workloadLabels: readonly (readonly [label: string, kind: string])[] = [
  ["deployment", "Deployment"],
  ["statefulset", "StatefulSet"],
  ["daemonset", "DaemonSet"],
];

/** How a controller names its Pods: NAME-HASH-HASH, NAME-ORDINAL, NAME-HASH. */
const podNames: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^(.+)-[a-z0-9]{5,10}-[a-z0-9]{5}$/, "Deployment"],
  [/^(.+)-\d+$/, "StatefulSet"],
  [/^(.+)-[a-z0-9]{5}$/, "DaemonSet"],
];

type AboutWhat = Pick<Event, "regarding"> & Partial<Pick<Event, "action" | "reportingController">>;

/** The action of events that tell of a score. */
const scoring = "Score";

/** How a Deployment names its ReplicaSets. */
const replicaSetNames: typeof podNames = [[/^(.+)-[a-z0-9]{5,10}$/, "Deployment"]];

/**
 * The uid of the subject, in this order: a label `blueprint_uid`; labels `kind`, `namespace` and `name`; `blueprint` as
 * NAMESPACE/NAME; a workload's own label; a Pod's name.
 */
export function claimant({ labels }: Pick<Sample, "labels">, find: FindSubject): string | undefined {
  const { blueprint_uid: uid, namespace = "", blueprint, kind, name, pod } = labels;
  if (uid !== undefined) return uid;
  if (kind !== undefined && name !== undefined) return find(kind, namespace, name);
  if (blueprint !== undefined) {
    const [home = "", named] = blueprint.split("/", 2);
    return named === undefined ? find("Blueprint", namespace, home) : find("Blueprint", home, named);
  }
  for (const [label, workload] of workloadLabels) {
    const named = labels[label];
    if (named !== undefined) return find(workload, namespace, named);
  }
  return pod === undefined ? undefined : byName(podNames, namespace, pod, find);
}

/** Whose a Pod is, as its owner references tell: the uid of a subject, "nobody" that is scored, or "unknown" for a Pod not seen. */
export type OwnerOf = (namespace: string, pod: string) => { readonly uid: string } | "nobody" | "unknown";

/**
 * The uid of the object whose past a warning belongs to. What is said of a Pod or a ReplicaSet belongs to the workload it was made for, by the owner
 * where the Pod is known, else by its name; it belongs to nothing where no such workload is scored. That a score fell is no evidence for the next.
 */
export function warned(event: AboutWhat, find: FindSubject, ownerOf: OwnerOf): string | undefined {
  const { regarding, action, reportingController = "" } = event;
  if (action === scoring && reportingController.startsWith(`${group}/`)) return undefined;
  const { kind, namespace = "", name = "", uid } = regarding ?? {};
  if (kind === "ReplicaSet") return byName(replicaSetNames, namespace, name, find);
  if (kind !== "Pod") return uid;
  const owner = ownerOf(namespace, name);
  if (owner === "nobody") return undefined;
  return owner === "unknown" ? byName(podNames, namespace, name, find) : owner.uid;
}

function byName(patterns: typeof podNames, namespace: string, name: string, find: FindSubject): string | undefined {
  for (const [pattern, workload] of patterns) {
    const named = pattern.exec(name)?.[1];
    const found = named === undefined ? undefined : find(workload, namespace, named);
    if (found !== undefined) return found;
  }
  return undefined;
}
