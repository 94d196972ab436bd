// Admission handlers: typed requests and results of AdmissionReview v1.
import type { KubeObject } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import type { Logger } from "./log.ts";

/** Who asked (authentication.k8s.io/v1 UserInfo). */
export interface AdmissionUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The request of an AdmissionReview. */
export interface AdmissionRequest<T extends KubeObject = KubeObject> {
  readonly uid: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly subresource: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  /** May be "" on CREATE with generateName. */
  readonly name: string;
  readonly user: AdmissionUser;
  readonly dryRun: boolean;
  /** Absent on DELETE. */
  readonly object: T | undefined;
  /** Absent on CREATE. */
  readonly oldObject: T | undefined;
}

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** Refuses: `message` tells the person what to do; `code` is the HTTP status (default 403; 422 for invalid input). */
export interface Denied {
  readonly kind: "deny";
  readonly message: string;
  readonly reason?: string;
  readonly code?: number;
}

/** Lets it pass, with warnings the client prints (each best under 120 characters). */
export interface Allowed {
  readonly kind: "allow";
  readonly warnings?: readonly string[];
}

/** Lets it pass changed: either the whole object as it should be (the patch is computed) or the patch itself. */
export type Mutated =
  | { readonly kind: "mutate"; readonly object: KubeObject; readonly warnings?: readonly string[] }
  | { readonly kind: "patch"; readonly patch: readonly JsonPatchOperation[]; readonly warnings?: readonly string[] };

/** What a handler may use. The signal aborts at the webhook's timeout and at shutdown. */
export interface AdmissionContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly kube: Kube;
}

export type Validate<T extends KubeObject> = (
  request: AdmissionRequest<T>,
  ctx: AdmissionContext,
) => Promise<Allowed | Denied>;

export type Mutate<T extends KubeObject> = (
  request: AdmissionRequest<T>,
  ctx: AdmissionContext,
) => Promise<Allowed | Denied | Mutated>;

/** Which requests the API server sends (admissionregistration.k8s.io/v1 RuleWithOperations and its neighbours). */
export interface AdmissionRule {
  readonly group: string;
  readonly versions: readonly string[];
  /** `blueprints`, `blueprints/status`, ... */
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
}

interface WebhookBase {
  /** Lower-case DNS name part, unique: path `/NAME`, metrics label, and `NAME.iacdharma.com` in the configuration. */
  readonly name: string;
  readonly rules: readonly AdmissionRule[];
  /** Default Fail. */
  readonly failurePolicy?: "Fail" | "Ignore";
  /** 1 to 30; default 5. */
  readonly timeoutSeconds?: number;
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
  /** CEL match conditions. */
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
}

/**
 * One webhook: which requests, and what is answered. A handler that throws refuses with 500 where policy is Fail.
 * `handle` is a method so that webhooks of different kinds fit one list: what arrives is what the rules ask for.
 */
export type Webhook<T extends KubeObject = KubeObject> =
  | (WebhookBase & { readonly kind: "validating"; handle(...args: Parameters<Validate<T>>): ReturnType<Validate<T>> })
  | (WebhookBase & { readonly kind: "mutating"; handle(...args: Parameters<Mutate<T>>): ReturnType<Mutate<T>> });
