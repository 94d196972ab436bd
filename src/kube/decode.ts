// The one place where JSON from the server becomes a typed object.
import type { KubeObject, ResourceType } from "../api/object.ts";
import { KubeError } from "./errors.ts";
import { asArray, asRecord, asText, isRecord } from "./json.ts";
import type { ListPage } from "./kube.ts";
import { apiVersionOf } from "./paths.ts";

/** Throws KubeError `malformed` for text that is not JSON (a torn answer, a proxy's page). */
export function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeError("malformed", `${what}: the answer is not JSON`, { cause: error });
  }
}

/**
 * Claims that `value` is a T: the server has checked it against the type's schema, so only what makes it an object at all
 * is looked at. Fills in apiVersion and kind where the server leaves them out (list items, PartialObjectMetadata).
 */
export function decodeObject<T extends KubeObject>(what: string, type: ResourceType<T>, value: unknown): T {
  // In place: `value` was parsed just now and nobody else holds it; a copy would double the cost of a list.
  if (isRecord(value) && (value.kind === undefined || value.kind === "PartialObjectMetadata"))
    Object.assign(value, { apiVersion: apiVersionOf(type), kind: type.kind });
  if (!isObjectOf(type, value)) throw new KubeError("malformed", `${what}: the answer is not a ${type.kind}`);
  return value;
}

function isObjectOf<T extends KubeObject>(_type: ResourceType<T>, value: unknown): value is T {
  return isRecord(value) && isRecord(value.metadata) && typeof value.metadata.name === "string";
}

export function decodeList<T extends KubeObject>(what: string, type: ResourceType<T>, text: string): ListPage<T> {
  const list = asRecord(parseJson(what, text));
  if (!Array.isArray(list.items) && list.items !== null)
    throw new KubeError("malformed", `${what}: the answer is not a list`);
  const metadata = asRecord(list.metadata);
  const continueToken = asText(metadata.continue);
  return {
    items: asArray(list.items).map((item) => decodeObject(what, type, item)),
    resourceVersion: asText(metadata.resourceVersion),
    ...(continueToken !== "" && { continueToken }),
    ...(typeof metadata.remainingItemCount === "number" && { remainingItemCount: metadata.remainingItemCount }),
  };
}
