// Names and marks of runs: fixed by UID, generation, operation and attempt, so that making one twice is harmless.
import { createHash } from "node:crypto";
import type { Operation } from "../../api/index.ts";

/** The label that finds a Blueprint's runs in whatever namespace they live. */
export const blueprintUidLabel = "iacdharma.com/blueprint-uid";

/** What makes a run unlike every other of its Blueprint. */
export interface RunIdentity {
  readonly blueprintUid: string;
  readonly blueprintName: string;
  readonly generation: number;
  readonly operation: Operation;
  readonly attempt: number;
}

/** A DNS label of at most 63 characters: the Blueprint's name cut short, the operation, and ten characters of a hash. */
export function runName(identity: RunIdentity): string {
  const { blueprintUid, blueprintName, generation, operation, attempt } = identity;
  const hash = createHash("sha256")
    .update(`${blueprintUid}/${generation}/${operation}/${attempt}`)
    .digest("hex")
    .slice(0, 10);
  const stem = blueprintName
    .replaceAll(".", "-")
    .slice(0, 63 - 12 - operation.length)
    .replace(/-+$/, "");
  return `${stem}-${operation.toLowerCase()}-${hash}`;
}
