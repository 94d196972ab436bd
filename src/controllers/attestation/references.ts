// What a Blueprint refers to in its namespace, and the webhook's word that its author may use it.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Blueprint, BlueprintSpec } from "../../api/index.ts";
import type { Keyring } from "../../audit/index.ts";
import { claimText, open, seal } from "./attest.ts";

/** Written by the webhook: whose rights to which references were checked. */
export const referencesAnnotation = "iacdharma.com/references-attestation";
const purpose = "references";

/** Something of the Blueprint's namespace that the operator uses on its author's behalf. */
export interface SpecReference {
  readonly verb: "get" | "impersonate";
  readonly resource: "secrets" | "configmaps" | "serviceaccounts";
  readonly name: string;
}

/** Every Secret, ConfigMap and ServiceAccount that the spec names, once each, in a fixed order. */
export function referencesOf(spec: BlueprintSpec): readonly SpecReference[] {
  const found = new Map<string, SpecReference>();
  const add = (verb: SpecReference["verb"], resource: SpecReference["resource"], name: string | undefined): void => {
    if (name !== undefined) found.set(`${resource}/${name}`, { verb, resource, name });
  };
  for (const input of spec.inputs ?? []) {
    add("get", "secrets", input.secretKeyRef?.name);
    add("get", "configmaps", input.configMapKeyRef?.name);
  }
  add("get", "secrets", spec.credentials?.secretRef?.name);
  add("impersonate", "serviceaccounts", spec.credentials?.serviceAccountName);
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference);
}

/** Digest of all that decides what a reference is used for: the spec itself, since outputs can carry what inputs read. */
function digestOf(spec: BlueprintSpec): string {
  return createHash("sha256")
    .update(canonicalize(spec) ?? "")
    .digest("hex");
}

/** The annotation that says `user` may use every reference of this spec. */
export function attestReferences(keys: Keyring, blueprint: Blueprint, user: string): string {
  const { namespace = "", name } = blueprint.metadata;
  return seal(keys, purpose, { namespace, name, user, spec: digestOf(blueprint.spec) });
}

/** Who the webhook said may use the references of this very spec; undefined when it said so of nobody. */
export function attestedAuthor(keys: Keyring, blueprint: Blueprint): string | undefined {
  const claim = open(keys, purpose, blueprint.metadata.annotations?.[referencesAnnotation]);
  const { namespace = "", name } = blueprint.metadata;
  const same =
    claimText(claim, "namespace") === namespace &&
    claimText(claim, "name") === name &&
    claimText(claim, "spec") === digestOf(blueprint.spec);
  return same ? claimText(claim, "user") : undefined;
}
