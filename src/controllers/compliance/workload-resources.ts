// Which objects of a namespace are judged, and how one stands in a decision input.
import type { KubeObject, ResourceType } from "../../api/index.ts";
import type { ExistingResource } from "../../policy/index.ts";

/** What the Kubernetes pack looks at inside a namespace; Secrets are left alone, the operator has no right to them. */
export const workloadTypes: readonly ResourceType[] = [
  typeOf("", "v1", "Pod", "pods"),
  typeOf("", "v1", "ReplicationController", "replicationcontrollers"),
  typeOf("", "v1", "Service", "services"),
  typeOf("", "v1", "ServiceAccount", "serviceaccounts"),
  typeOf("apps", "v1", "Deployment", "deployments"),
  typeOf("apps", "v1", "StatefulSet", "statefulsets"),
  typeOf("apps", "v1", "DaemonSet", "daemonsets"),
  typeOf("batch", "v1", "Job", "jobs"),
  typeOf("batch", "v1", "CronJob", "cronjobs"),
  typeOf("networking.k8s.io", "v1", "Ingress", "ingresses"),
  typeOf("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
  typeOf("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  typeOf("rbac.authorization.k8s.io", "v1", "Role", "roles"),
  typeOf("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
];

/** A live object as a resource; undefined for what a controller made: its owner is judged instead. */
export function resourceOf(type: ResourceType, object: KubeObject): ExistingResource | undefined {
  const { name, namespace, ownerReferences = [] } = object.metadata;
  if (ownerReferences.some(({ controller }) => controller === true)) return undefined;
  const { status: _, ...manifest }: KubeObject & { readonly status?: unknown } = object;
  return {
    urn: [type.kind, namespace ?? "", name].filter((part) => part !== "").join("/"),
    name,
    type: `kubernetes:${type.group === "" ? "core" : type.group}/${type.version}:${type.kind}`,
    new: {
      ...manifest,
      apiVersion: type.group === "" ? type.version : `${type.group}/${type.version}`,
      kind: type.kind,
    },
  };
}

function typeOf(group: string, version: string, kind: string, plural: string): ResourceType {
  return { group, version, kind, plural, namespaced: true };
}
