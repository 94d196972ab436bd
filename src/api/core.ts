// Kubernetes' own resources that the operator touches, with the fields it uses and no more.
import type { Condition, KubeObject, ObjectMeta, ResourceType } from "./object.ts";

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Values are base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  /** Values are base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: "Active" | "Terminating" };
}

export interface ServiceAccount extends KubeObject {}

/** coordination.k8s.io/v1; times are RFC 3339 with microseconds. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** events.k8s.io/v1. `note` is at most 1 kB. */
export interface Event extends KubeObject {
  readonly eventTime: string;
  readonly reason: string;
  readonly action: string;
  readonly type: "Normal" | "Warning";
  readonly note?: string;
  readonly regarding?: ObjectReference;
  readonly related?: ObjectReference;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly containers: readonly { readonly name: string; readonly image?: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly conditions?: readonly Condition[];
    readonly podIP?: string;
    readonly reason?: string;
    readonly message?: string;
  };
}

export interface Job extends KubeObject {
  readonly spec: {
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly template: { readonly metadata?: Partial<ObjectMeta>; readonly spec: PodSpec };
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly providerID?: string; readonly [field: string]: unknown };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly [field: string]: unknown };
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced" | "Cluster";
    readonly names: { readonly plural: string; readonly kind: string; readonly [field: string]: unknown };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly [field: string]: unknown;
    }[];
    readonly [field: string]: unknown;
  };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly [field: string]: unknown };
}

/** A validating or mutating webhook configuration. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: {
      readonly url?: string;
      readonly service?: {
        readonly name: string;
        readonly namespace: string;
        readonly path?: string;
        readonly port?: number;
      };
      /** PEM, base64. */
      readonly caBundle?: string;
    };
    readonly [field: string]: unknown;
  }[];
}

/** authorization.k8s.io/v1, posted to subjectAccessReviewPath. */
export interface SubjectAccessReview {
  readonly apiVersion: "authorization.k8s.io/v1";
  readonly kind: "SubjectAccessReview";
  readonly spec: {
    readonly user: string;
    readonly groups?: readonly string[];
    readonly uid?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
    readonly resourceAttributes: {
      readonly verb: string;
      readonly group?: string;
      readonly version?: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
  readonly status?: { readonly allowed: boolean; readonly denied?: boolean; readonly reason?: string };
}

function resource<T extends KubeObject>(
  group: string,
  kind: string,
  plural: string,
  scope: "namespaced" | "cluster",
): ResourceType<T> {
  return { group, version: "v1", kind, plural, namespaced: scope === "namespaced" };
}

export const secrets: ResourceType<Secret> = resource("", "Secret", "secrets", "namespaced");
export const configMaps: ResourceType<ConfigMap> = resource("", "ConfigMap", "configmaps", "namespaced");
export const namespaces: ResourceType<Namespace> = resource("", "Namespace", "namespaces", "cluster");
export const pods: ResourceType<Pod> = resource("", "Pod", "pods", "namespaced");
export const nodes: ResourceType<Node> = resource("", "Node", "nodes", "cluster");
export const serviceAccounts: ResourceType<ServiceAccount> = resource(
  "",
  "ServiceAccount",
  "serviceaccounts",
  "namespaced",
);
export const jobs: ResourceType<Job> = resource("batch", "Job", "jobs", "namespaced");
export const leases: ResourceType<Lease> = resource("coordination.k8s.io", "Lease", "leases", "namespaced");
export const events: ResourceType<Event> = resource("events.k8s.io", "Event", "events", "namespaced");
export const customResourceDefinitions: ResourceType<CustomResourceDefinition> = resource(
  "apiextensions.k8s.io",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  "cluster",
);
export const validatingWebhookConfigurations: ResourceType<WebhookConfiguration> = resource(
  "admissionregistration.k8s.io",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  "cluster",
);
export const mutatingWebhookConfigurations: ResourceType<WebhookConfiguration> = resource(
  "admissionregistration.k8s.io",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  "cluster",
);

/** POST a SubjectAccessReview here; the answer carries status. */
export const subjectAccessReviewPath = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
/** POST a SelfSubjectAccessReview here. */
export const selfSubjectAccessReviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
