// Objects of the simulated API server: copies, comparisons, refusals.
import type { KubeObject, ResourceType } from "../../src/api/index.ts";
import { KubeError } from "../../src/kube/index.ts";
import { isJson } from "./sim-merge.ts";
import type { SimObject } from "./sim-storage.ts";

/** The server's no. */
export const refuse = (kind: KubeError["kind"], status: number, reason: string, message: string) =>
  new KubeError(kind, message, { status, reason });

/** What `generation` counts: everything but metadata and status. */
export const desired = ({ metadata: _metadata, status: _status, ...rest }: SimObject): object => rest;

/** The same but for the version. */
export const sameBut = (a: SimObject, b: SimObject): boolean => {
  const bare = ({ metadata: { resourceVersion: _version, ...metadata }, ...rest }: SimObject) =>
    sorted({ ...rest, metadata });
  return bare(a) === bare(b);
};

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isJson(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );

/** Without what is undefined. */
export const stripped = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  JSON.parse(JSON.stringify(fields)) as { [K in keyof T]?: NonNullable<T[K]> };

/** A copy, checked to be an object of the API. */
export function simObject(value: unknown): SimObject {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  if (!isSimObject(copy)) throw refuse("invalid", 422, "Invalid", "the object has no metadata");
  return copy;
}

function isSimObject(value: unknown): value is SimObject {
  return isJson(value) && isJson(value.metadata);
}

export function written(object: SimObject | undefined): SimObject {
  if (object === undefined) throw new Error("a write of an object stored nothing");
  return object;
}

/** The simulated server knows no schemas: what was written as a T is read as one. */
export function typed<T extends KubeObject>(type: ResourceType<T>, object: SimObject): T {
  if (!isTyped(type, object)) throw new Error(`the simulated server holds something else than a ${type.kind}`);
  return object;
}

function isTyped<T extends KubeObject>(type: ResourceType<T>, object: KubeObject): object is T {
  return object.kind === type.kind;
}
