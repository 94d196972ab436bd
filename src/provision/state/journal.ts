// Journal entries (apitype.JournalEntry, pulumi/sdk v3.250.0, go/common/apitype/journal.go) and their check at the door.
import { isObject } from "./deployment.ts";
import type { Deployment, Json, PendingOperation, ResourceState, SecretsProvider } from "./deployment.ts";
import { StateError } from "./errors.ts";

/** apitype.JournalEntryKind. */
export const entryKinds = {
  begin: 0,
  success: 1,
  failure: 2,
  refreshSuccess: 3,
  outputs: 4,
  write: 5,
  secretsManager: 6,
  rebuiltBaseState: 7,
  extensionParameterize: 8,
  snippets: 9,
} as const;

/** `...Old` are indexes into the base state, `...New` are operation ids of this update. */
export interface JournalEntry {
  readonly version: number;
  readonly kind: number;
  /** Unique and rising within an update: the order of replay, and what makes a repeated batch harmless. */
  readonly sequenceID: number;
  readonly operationID: number;
  readonly removeOld?: number | null;
  readonly removeNew?: number | null;
  readonly pendingReplacementOld?: number | null;
  readonly pendingReplacementNew?: number | null;
  readonly deleteOld?: number | null;
  readonly deleteNew?: number | null;
  readonly state?: ResourceState | null;
  readonly operation?: PendingOperation | null;
  readonly isRefresh?: boolean;
  readonly secretsProvider?: SecretsProvider | null;
  readonly snippets?: readonly Json[] | null;
  readonly newSnapshot?: Deployment | null;
  readonly extensionRef?: string | null;
  readonly extension?: Json;
}

const indexFields = [
  "removeOld",
  "removeNew",
  "pendingReplacementOld",
  "pendingReplacementNew",
  "deleteOld",
  "deleteNew",
] as const;

/** Takes `{entries: [...]}` as the CLI sends it. Rejects as "invalid" what replay could not make sense of. */
export function parseJournalEntries(body: unknown): readonly JournalEntry[] {
  if (!isObject(body)) throw malformed("the body is not an object");
  const entries = body["entries"] ?? [];
  if (!Array.isArray(entries)) throw malformed("entries is not a list");
  return entries.map((entry: unknown, index) => {
    if (!isJournalEntry(entry)) throw malformed(`entry ${index} is not a journal entry of version 1`);
    return entry;
  });
}

/** True when the entry announces a change of the cloud that has not begun yet. */
export function announcesChange(entry: JournalEntry): boolean {
  return entry.kind === entryKinds.begin && entry.operation !== undefined && entry.operation !== null;
}

function isJournalEntry(value: unknown): value is JournalEntry {
  if (!isObject(value)) return false;
  if (value["version"] !== 1) return false;
  const kind = value["kind"];
  if (!isCount(kind) || kind > entryKinds.snippets) return false;
  if (!isCount(value["sequenceID"]) || !isCount(value["operationID"])) return false;
  for (const field of indexFields) {
    const index = value[field];
    if (index !== undefined && index !== null && !isCount(index)) return false;
  }
  const { state, operation, newSnapshot } = value;
  if (state !== undefined && state !== null && !isResource(state)) return false;
  if (operation !== undefined && operation !== null) {
    if (!isObject(operation) || !isResource(operation["resource"])) return false;
  }
  if (kind === entryKinds.write && !isObject(newSnapshot)) return false;
  if (kind === entryKinds.secretsManager && !isObject(value["secretsProvider"])) return false;
  if (kind === entryKinds.extensionParameterize && typeof value["extensionRef"] !== "string") return false;
  return true;
}

/** True for what has at least a URN and a type. */
export function isResource(value: unknown): value is ResourceState {
  return isObject(value) && typeof value["urn"] === "string" && typeof value["type"] === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function malformed(why: string): StateError {
  return new StateError(
    "invalid",
    `journal entries refused: ${why}; the pulumi CLI and this operator must speak journal version 1 (set PULUMI_DISABLE_JOURNALING=true to send checkpoints instead)`,
  );
}
