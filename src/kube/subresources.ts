// What is asked of the API server beside the verbs: evictions, scales, access reviews.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import { asRecord, asText } from "./json.ts";
import type { CallOptions, Kube, WriteOptions } from "./kube.ts";
import { objectPath } from "./paths.ts";

const pods: ResourceType = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

/** Asks for a Pod's eviction. Rejects with KubeError `throttled` when a PodDisruptionBudget forbids it now. */
export async function evictPod(
  kube: Kube,
  pod: ObjectKey,
  options: CallOptions & { readonly gracePeriodSeconds?: number; readonly dryRun?: boolean },
): Promise<void> {
  const deleteOptions = {
    ...(options.gracePeriodSeconds !== undefined && { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.dryRun && { dryRun: ["All"] }),
  };
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: pod.name, namespace: pod.namespace },
    deleteOptions,
  };
  // A budget's refusal can last: the caller decides how long to ask again.
  await kube.post(objectPath(pods, pod, "eviction"), eviction, { retry: "none", ...options });
}

/** autoscaling/v1 Scale. */
export interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

const scaleOf = (type: ResourceType): ResourceType<Scale> => {
  const { group, version, kind, plural, namespaced } = type;
  return { group, version, kind, plural: plural, namespaced };
};

/** Replicas asked for and there, of anything that has a scale subresource. */
export async function getScale(
  kube: Kube,
  type: ResourceType,
  key: ObjectKey,
  options: CallOptions,
): Promise<{ readonly wanted: number; readonly present: number }> {
  const scale = asRecord(await kube.getPath(objectPath(type, key, "scale"), options));
  const wanted = asRecord(scale.spec).replicas;
  const present = asRecord(scale.status).replicas;
  return { wanted: typeof wanted === "number" ? wanted : 0, present: typeof present === "number" ? present : 0 };
}

/** Asks for `replicas`; the answer is the Scale as the server holds it now. */
export function setScale(
  kube: Kube,
  type: ResourceType,
  key: ObjectKey,
  replicas: number,
  options: WriteOptions,
): Promise<Scale> {
  return kube.patch(
    scaleOf(type),
    key,
    { kind: "merge", body: { spec: { replicas } } },
    { ...options, subresource: "scale" },
  );
}

/** Who asks, as an AdmissionReview's userInfo has it. */
export interface Subject {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked for; `resource` is the plural. */
export interface ResourceAccess {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The authorizer's words, or "". */
  readonly reason: string;
}

/** May `subject` do this? An answer with an evaluation error and no permission is a no. Rejects with KubeError when there is no answer. */
export async function reviewAccess(
  kube: Kube,
  subject: Subject,
  access: ResourceAccess,
  options: CallOptions,
): Promise<AccessDecision> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: subject.username,
      ...(subject.uid !== undefined && { uid: subject.uid }),
      ...(subject.groups !== undefined && { groups: subject.groups }),
      ...(subject.extra !== undefined && { extra: subject.extra }),
      resourceAttributes: access,
    },
  };
  return decisionOf(await kube.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review, options));
}

/** May this client itself do it? */
export async function reviewOwnAccess(
  kube: Kube,
  access: ResourceAccess,
  options: CallOptions,
): Promise<AccessDecision> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: access },
  };
  return decisionOf(await kube.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, options));
}

function decisionOf(answer: unknown): AccessDecision {
  const status = asRecord(asRecord(answer).status);
  return {
    allowed: status.allowed === true && status.denied !== true,
    reason: asText(status.reason) || asText(status.evaluationError),
  };
}
