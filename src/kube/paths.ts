// Where resources live on the API server.
import type { ObjectKey, ResourceType } from "../api/object.ts";
import { KubeError } from "./errors.ts";

/** "/api/v1" or "/apis/GROUP/VERSION". */
export function groupPath(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

/** apiVersion as objects carry it: "v1" or "GROUP/VERSION". */
export function apiVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The collection of a type, in one namespace or (without one) in all. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const scope = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupPath(type)}${scope}/${type.plural}`;
}

/** One object, or a subresource of it. Throws KubeError `invalid` when the key does not name one. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  if (key.name === "")
    throw new KubeError("invalid", `a ${type.kind} was asked for without a name`, { delivery: "no" });
  if (type.namespaced && !key.namespace)
    throw new KubeError("invalid", `the ${type.kind} "${key.name}" was asked for without a namespace`, {
      delivery: "no",
    });
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** For messages: "Blueprint shop/web". */
export function describeObject(type: ResourceType, key: ObjectKey): string {
  return `${type.kind} ${key.namespace ? `${key.namespace}/` : ""}${key.name}`;
}

/** A query string with its "?", or "" when nothing is set. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
