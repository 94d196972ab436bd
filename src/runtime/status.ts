// The one write of a pass: the status, by server-side apply, only when it says something else than before.
import { createHash } from "node:crypto";
import type { Condition, KubeObject, ResourceType } from "../api/object.ts";
import { clipStatus } from "../api/validate/clip.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";

/** Applies statuses of one kind under one field manager. */
export interface StatusWriter<T extends KubeObject> {
  /** The object as written; undefined when nothing was to be written or the object is gone. */
  write(kube: Kube, observed: T, status: object, signal: AbortSignal): Promise<T | undefined>;
  forget(object: T): void;
}

/** `foreign`: status fields that others own; they are neither compared nor written. */
export function createStatusWriter<T extends KubeObject>(
  type: ResourceType<T>,
  options: { readonly fieldManager: string; readonly foreign: readonly string[] },
): StatusWriter<T> {
  // Only for objects where the server made something else of what was applied, so that it isn't applied again and again.
  const pointless = new Map<string, string>();
  return {
    async write(kube, observed, status, signal) {
      const before = without(statusOf(observed), options.foreign);
      // Too long a message is cut, or the server would refuse the whole status and the object would seem stuck.
      const desired = settleTimes(before, without(clipped(type.kind, status), options.foreign));
      if (sameValue(before, desired)) return undefined;
      const id = observed.metadata.uid ?? observed.metadata.name;
      const digest = digestOf([before, desired]);
      if (pointless.get(id) === digest) return undefined;
      const { name, namespace, uid } = observed.metadata;
      const body = {
        apiVersion: observed.apiVersion,
        kind: observed.kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
        status: desired,
      };
      const { fieldManager } = options;
      try {
        const written = await kube.apply(type, body, { fieldManager, subresource: "status", signal });
        if (written.metadata.resourceVersion === observed.metadata.resourceVersion) pointless.set(id, digest);
        else pointless.delete(id);
        return written;
      } catch (error) {
        if (isKubeError(error, "notFound")) return undefined;
        throw error;
      }
    },
    forget: (object) => void pointless.delete(object.metadata.uid ?? object.metadata.name),
  };
}

/** Conditions keep the lastTransitionTime they had while their status stays the same. */
export function settleTimes(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const previous = before["conditions"];
  const next = after["conditions"];
  if (!Array.isArray(previous) || !Array.isArray(next)) return { ...after };
  const known = new Map<string, Condition>(
    previous.filter(isCondition).map((condition) => [condition.type, condition]),
  );
  const conditions = next.map((condition: unknown) => {
    if (!isCondition(condition)) return condition;
    const was = known.get(condition.type);
    return was?.status === condition.status ? { ...condition, lastTransitionTime: was.lastTransitionTime } : condition;
  });
  return { ...after, conditions };
}

/** Deep equality of JSON values; undefined counts as absent, conditions compare by type and not by order. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    if (a.length > 0 && a.every(isCondition) && b.every(isCondition)) {
      const others = new Map(b.map((condition) => [condition.type, condition]));
      return a.every((condition) => sameFields(condition, others.get(condition.type) ?? {}));
    }
    return a.every((item, index) => sameValue(item, b[index]));
  }
  return isObject(a) && isObject(b) && !Array.isArray(a) && !Array.isArray(b) && sameFields(a, b);
}

function sameFields(a: object, b: object): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) if (!sameValue(Reflect.get(a, name), Reflect.get(b, name))) return false;
  return true;
}

function statusOf(object: KubeObject): object {
  const status: unknown = Reflect.get(object, "status");
  return isObject(status) ? status : {};
}

function without(status: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(status).filter(([name, value]) => value !== undefined && !names.includes(name)),
  );
}

function clipped(kind: string, status: object): object {
  const value = clipStatus(kind, status);
  return typeof value === "object" && value !== null ? value : {};
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isCondition(value: unknown): value is Condition {
  return isObject(value) && typeof Reflect.get(value, "type") === "string" && "lastTransitionTime" in value;
}
