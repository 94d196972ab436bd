// What a kind is besides its schema: names, columns and selectable fields.
import { type TProperties, type TSchema, Type } from "typebox";
import type { KubeObject, ResourceType } from "../object.ts";

/** The API group of every kind. */
export const group = "iacdharma.com";
/** The version of every kind. */
export const version = "v1alpha1";
/** apiVersion of every kind. */
export const apiVersion = `${group}/${version}`;

/** A column of `kubectl get`. Priority 1 shows only with `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: 1;
}

/** Everything generated for a kind comes from one of these. */
export interface KindDefinition<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  readonly shortName: string;
  /** One sentence: what the kind is for. */
  readonly purpose: string;
  /** The object's schema: spec and status. */
  readonly schema: TSchema;
  readonly columns: readonly Column[];
  /** Fields a field selector may use (Kubernetes 1.32 and later). */
  readonly selectable: readonly string[];
}

/** The resource of one of our kinds. */
export function resourceType<T extends KubeObject>(
  kind: string,
  plural: string,
  namespaced: "namespaced" | "cluster",
): ResourceType<T> {
  return { group, version, kind, plural, namespaced: namespaced === "namespaced" };
}

/** An object that takes any field: validated by whoever knows what it holds. */
export function open(description: string) {
  return Type.Unsafe<Record<string, unknown>>({
    type: "object",
    description,
    "x-kubernetes-preserve-unknown-fields": true,
  });
}

/** An object field whose absent members get their defaults even when the whole object is absent. */
export function defaulted<P extends TProperties>(properties: P, options: { readonly description: string }) {
  return Type.Object(properties, { ...options, default: {} });
}

/** Holds an object until what it made is proven gone. */
export const finalizer = `${group}/finalizer`;
