// Which subject a sample is about, by the labels that exporters give.
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
  if (pod === undefined) return undefined;
  for (const [pattern, workload] of podNames) {
    const named = pattern.exec(pod)?.[1];
    const found = named === undefined ? undefined : find(workload, namespace, named);
    if (found !== undefined) return found;
  }
  return undefined;
}
