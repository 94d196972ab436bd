// Replays journal entries over a base state, by the rules of JournalReplayer (pulumi/pkg v3.250.0, backend/journal.go).
import { createHash } from "node:crypto";
import type { Deployment, PendingOperation, ResourceState, VersionedDeployment } from "./deployment.ts";
import type { Json } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { entryKinds } from "./journal.ts";
import type { JournalEntry } from "./journal.ts";
import { normalizeUrns, rebuildDependencies } from "./references.ts";

/** What the manifest of a replayed state says; the magic is the SHA-256 of the version. */
export interface ReplayStamp {
  /** RFC 3339. */
  readonly time: string;
  /** Version of the engine that wrote the entries, `v3.250.0`. */
  readonly engineVersion: string;
}

/** Holds the marks of one replay. Entries go in by `add` in the order of their sequence ids. */
interface Marks {
  base: Deployment;
  /** New resources by position; a replaced one keeps its place. */
  readonly made: ResourceState[];
  readonly madeBy: Map<number, number>;
  readonly removedNew: Set<number>;
  readonly removedOld: Set<number>;
  readonly replacedOld: Map<number, ResourceState>;
  readonly deletedOld: Set<number>;
  readonly pendingOld: Set<number>;
  readonly begun: Map<number, JournalEntry>;
  readonly extensions: Map<string, Json>;
  refreshed: boolean;
}

/**
 * The state after `entries` happened to `base`. No entries: the base as it is. Throws StateError "corrupt" for an entry
 * that points at an operation that added nothing (Pulumi's replayer would take position 0 there, a wrong resource).
 */
export function replay(
  base: VersionedDeployment,
  entries: readonly JournalEntry[],
  stamp: ReplayStamp,
): VersionedDeployment {
  if (entries.length === 0) return base;
  let marks = fresh(base.deployment ?? {});
  for (const entry of entries.toSorted((a, b) => a.sequenceID - b.sequenceID)) {
    if (entry.kind === entryKinds.rebuiltBaseState) {
      const rebuilt = fresh(generate(marks, stamp).deployment ?? {});
      rebuilt.refreshed = marks.refreshed;
      marks = rebuilt;
    } else {
      add(marks, entry);
    }
  }
  return generate(marks, stamp);
}

function fresh(base: Deployment): Marks {
  return {
    base,
    made: [],
    madeBy: new Map(),
    removedNew: new Set(),
    removedOld: new Set(),
    replacedOld: new Map(),
    deletedOld: new Set(),
    pendingOld: new Set(),
    begun: new Map(),
    extensions: new Map(),
    refreshed: false,
  };
}

function add(marks: Marks, entry: JournalEntry): void {
  switch (entry.kind) {
    case entryKinds.begin:
      marks.begun.set(entry.operationID, entry);
      return;
    case entryKinds.failure:
      marks.begun.delete(entry.operationID);
      return;
    case entryKinds.success:
      return addSuccess(marks, entry);
    case entryKinds.refreshSuccess:
      return addRefresh(marks, entry);
    case entryKinds.outputs:
      if (!entry.state) return;
      if (isSet(entry.removeOld)) marks.replacedOld.set(entry.removeOld, entry.state);
      if (isSet(entry.removeNew)) marks.made[positionOf(marks, entry.removeNew, entry)] = entry.state;
      return;
    case entryKinds.write:
      if (entry.newSnapshot) marks.base = entry.newSnapshot;
      return;
    case entryKinds.secretsManager:
      if (entry.secretsProvider) marks.base = { ...marks.base, secrets_providers: entry.secretsProvider };
      return;
    case entryKinds.snippets:
      marks.base = { ...marks.base, snippets: entry.snippets ?? [] };
      return;
    case entryKinds.extensionParameterize:
      if (entry.extensionRef) marks.extensions.set(entry.extensionRef, entry.extension ?? null);
      return;
    default:
      throw new StateError("corrupt", `journal entry ${entry.sequenceID} has the unknown kind ${entry.kind}`);
  }
}

function addSuccess(marks: Marks, entry: JournalEntry): void {
  marks.begun.delete(entry.operationID);
  if (entry.state) {
    marks.madeBy.set(entry.operationID, marks.made.length);
    marks.made.push(entry.state);
  }
  if (isSet(entry.removeOld)) marks.removedOld.add(entry.removeOld);
  if (isSet(entry.removeNew)) marks.removedNew.add(positionOf(marks, entry.removeNew, entry));
  if (isSet(entry.deleteOld)) marks.deletedOld.add(entry.deleteOld);
  if (isSet(entry.deleteNew)) amend(marks, entry.deleteNew, entry, { delete: true });
  if (isSet(entry.pendingReplacementOld)) marks.pendingOld.add(entry.pendingReplacementOld);
  if (isSet(entry.pendingReplacementNew)) {
    amend(marks, entry.pendingReplacementNew, entry, { pendingReplacement: true });
  }
  if (entry.isRefresh === true) marks.refreshed = true;
}

function addRefresh(marks: Marks, entry: JournalEntry): void {
  marks.begun.delete(entry.operationID);
  marks.refreshed = true;
  if (isSet(entry.removeOld)) {
    if (entry.state) marks.replacedOld.set(entry.removeOld, entry.state);
    else marks.removedOld.add(entry.removeOld);
  }
  if (isSet(entry.removeNew)) {
    const position = positionOf(marks, entry.removeNew, entry);
    if (entry.state) marks.made[position] = entry.state;
    else marks.removedNew.add(position);
  }
}

function amend(marks: Marks, operation: number, entry: JournalEntry, change: Partial<ResourceState>): void {
  const position = positionOf(marks, operation, entry);
  const resource = marks.made[position];
  if (resource) marks.made[position] = { ...resource, ...change };
}

function positionOf(marks: Marks, operation: number, entry: JournalEntry): number {
  const position = marks.madeBy.get(operation);
  if (position !== undefined) return position;
  throw new StateError(
    "corrupt",
    `journal entry ${entry.sequenceID} changes what operation ${operation} made, but that operation made nothing`,
  );
}

function generate(marks: Marks, stamp: ReplayStamp): VersionedDeployment {
  const { base } = marks;
  const made = marks.made.filter((_, position) => !marks.removedNew.has(position));
  const kept = (base.resources ?? []).flatMap((resource, index): ResourceState[] => {
    if (marks.removedOld.has(index)) return [];
    const replaced = marks.replacedOld.get(index);
    if (replaced) return [replaced];
    return [
      {
        ...resource,
        ...(marks.pendingOld.has(index) ? { pendingReplacement: true } : {}),
        ...(marks.deletedOld.has(index) ? { delete: true } : {}),
      },
    ];
  });
  const merged = [...made, ...kept];
  const pending = pendingOperations(marks);
  const extensions = { ...Object.fromEntries(marks.extensions), ...base.extensions };
  const next = normalizeUrns({
    manifest: manifest(stamp),
    ...(base.secrets_providers ? { secrets_providers: base.secrets_providers } : {}),
    resources: marks.refreshed ? rebuildDependencies(merged) : merged,
    ...(pending.length > 0 ? { pending_operations: pending } : {}),
    metadata: base.metadata ?? {},
    ...(base.snippets && base.snippets.length > 0 ? { snippets: base.snippets } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  });
  const features = featuresOf(next, pending);
  return features.length > 0 ? { version: 4, features, deployment: next } : { version: 3, deployment: next };
}

/** What had begun and not ended, then the creates an earlier update left pending: only a person or a lookup clears those. */
function pendingOperations(marks: Marks): readonly PendingOperation[] {
  const begun = [...marks.begun.values()].flatMap((entry) => (entry.operation ? [entry.operation] : []));
  const inherited = (marks.base.pending_operations ?? []).filter((operation) => operation.type === "creating");
  return [...begun, ...inherited];
}

/** Features that make a state unreadable to older CLIs (pkg/resource/stack/deployment.go, ApplyFeatures), sorted. */
function featuresOf(deployment: Deployment, pending: readonly PendingOperation[]): readonly string[] {
  const features = new Set<string>();
  for (const resource of [...(deployment.resources ?? []), ...pending.map((operation) => operation.resource)]) {
    if (resource["refreshBeforeUpdate"] === true) features.add("refreshBeforeUpdate");
    if (resource.viewOf) features.add("views");
    if (Object.keys(resource["resourceHooks"] ?? {}).length > 0) features.add("hooks");
    if (resource["taint"] === true) features.add("taint");
    if (resource.replaceWith && resource.replaceWith.length > 0) features.add("replaceWith");
    if (resource["extensionRef"]) features.add("extensionParameterization");
  }
  if (deployment.snippets && deployment.snippets.length > 0) features.add("snippets-prototype");
  return [...features].toSorted();
}

function manifest(stamp: ReplayStamp): { readonly [key: string]: string } {
  const magic = createHash("sha256").update(stamp.engineVersion).digest("hex");
  return { time: stamp.time, magic, version: stamp.engineVersion };
}

function isSet(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
