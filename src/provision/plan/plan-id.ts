// The plan id: one hash over everything a plan depends on, so that an approval binds exactly that.
import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";
import type { PackageUse } from "../graph/graph.ts";
import type { ResolvedInputs } from "../graph/spec.ts";
import type { PlanStep } from "./step.ts";

/** Fields of a Blueprint's spec that say when and by whom it is changed, not what is built: not part of the id. */
export const CONTROL_FIELDS: readonly string[] = [
  "description",
  "approval",
  "drift",
  "rollback",
  "paused",
  "observeOnly",
  "ttl",
  "maintenanceWindows",
  "shareOutputs",
  "writeOutputsToSecret",
  "execution",
  "runHistoryLimit",
];

/** What a plan depends on. */
export interface PlanBasis {
  /** UID of the Blueprint. */
  readonly uid: string;
  /** The Blueprint's spec; control fields are left out here. */
  readonly spec: object;
  readonly inputs: ResolvedInputs;
  /** Key for secret inputs: without it nobody can try values against a plan id. At least 16 bytes. */
  readonly inputKey: Uint8Array;
  readonly stateDigest: string;
  readonly packages: readonly PackageUse[];
  readonly translatorVersion: string;
  /** Steps ordered by URN. */
  readonly steps: readonly PlanStep[];
}

/** `sha256:` and 64 hex digits over canonical JSON (RFC 8785). */
export function planId(basis: PlanBasis): string {
  const spec = Object.fromEntries(Object.entries(basis.spec).filter(([key]) => !CONTROL_FIELDS.includes(key)));
  const content = canonicalize({
    uid: basis.uid,
    spec,
    stateDigest: basis.stateDigest,
    inputs: Object.fromEntries(
      Object.entries(basis.inputs).map(([name, { value, secret }]) => [
        name,
        secret ? { hmac: keyed(basis.inputKey, canonicalize({ name, value }) ?? "") } : { value },
      ]),
    ),
    plugins: basis.packages.map(({ name, version }) => ({ name, version })),
    translator: basis.translatorVersion,
    steps: basis.steps,
  });
  return `sha256:${createHash("sha256")
    .update(content ?? "")
    .digest("hex")}`;
}

function keyed(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
