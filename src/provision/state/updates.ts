// The life of an update on the head: start, progress, completion. Every acknowledged step is in the head or named by it.
import { closeUpdate } from "./close.ts";
import type { StateContext } from "./context.ts";
import type { VersionedDeployment } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { stateBytes } from "./head.ts";
import type { ActiveUpdate, Head } from "./head.ts";
import type { EventLog, UpdateInfo } from "./history.ts";
import { entryKinds } from "./journal.ts";
import type { JournalEntry } from "./journal.ts";
import { assertRuns, extended } from "./fence.ts";
import type { UpdateClaim } from "./fence.ts";
import { assertMayAppend } from "./limits.ts";
import { stackPath } from "./stack.ts";
import type { UpdateKind, UpdateResult } from "./stack.ts";

export interface UpdateStart {
  readonly id: string;
  readonly kind: UpdateKind;
  readonly mode: "journal" | "checkpoint";
  readonly info: UpdateInfo;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly operation: string | undefined;
}

/** The head with the update begun. Throws "held" where another one is in flight. The caller has checked the lease. */
export function started(ctx: StateContext, head: Head, start: UpdateStart): Head {
  if (head.update?.id === start.id) return head;
  if (head.update) throw updateInFlight(head, head.update);
  const version = head.version + 1;
  const update: ActiveUpdate = {
    id: start.id,
    kind: start.kind,
    version,
    startTime: start.info.startTime,
    mode: start.mode,
    journal: ctx.contents.newJournal(head, start.info),
    ...(start.operation === undefined ? {} : { operation: start.operation }),
  };
  return extended(
    { ...head, version, update, ...(start.tags ? { tags: start.tags } : {}) },
    ctx.clock.now() + ctx.leaseMs,
  );
}

export function updateInFlight(head: Head, update: ActiveUpdate): StateError {
  const since = new Date(update.startTime).toISOString();
  const { holder = "nobody", expireTime = 0 } = head.lease ?? {};
  return new StateError(
    "held",
    `another ${update.kind} of ${stackPath(head.id)} is in flight: started ${since} by ${holder}, whose lease ends ` +
      `${new Date(expireTime).toISOString()}; wait for it, or stop it with \`pulumi cancel\``,
    { holder },
  );
}

/** Records entries durably. Entries already recorded are skipped, so that a repeated batch is harmless. */
export async function append(
  ctx: StateContext,
  claim: UpdateClaim,
  entries: readonly JournalEntry[],
  signal: AbortSignal,
): Promise<void> {
  await ctx.cell(claim.stack).change(async (head) => {
    assertRuns(head, claim);
    const { entries: known } = await ctx.contents.journal(head, signal);
    const seen = new Set(known.map((entry) => entry.sequenceID));
    const fresh = entries.filter((entry) => !seen.has(entry.sequenceID));
    if (fresh.length === 0) return head;
    assertReferences(known, fresh);
    const room = { stackBytes: stateBytes(head), totalBytes: ctx.usage.known() };
    assertMayAppend(ctx.limits, room, fresh, stackPath(head.id));
    const journal = await ctx.contents.appended(head, fresh, signal);
    return extended({ ...head, update: { ...head.update, journal } }, ctx.clock.now() + ctx.leaseMs);
  }, signal);
}

/** Records a whole state in the place of all before: what a CLI without journal sends. */
export async function putCheckpoint(
  ctx: StateContext,
  claim: UpdateClaim,
  state: VersionedDeployment,
  signal: AbortSignal,
): Promise<void> {
  await ctx.cell(claim.stack).change(async (head) => {
    assertRuns(head, claim);
    const checkpoint = await ctx.contents.putState(head, state, head.update.version, signal);
    return extended({ ...head, update: { ...head.update, checkpoint } }, ctx.clock.now() + ctx.leaseMs);
  }, signal);
}

/** Five more minutes for the update's holder; "fenced" when the epoch moved on. */
export async function renewUpdate(ctx: StateContext, claim: UpdateClaim, signal: AbortSignal): Promise<void> {
  await ctx.cell(claim.stack).change((head) => {
    assertRuns(head, claim);
    return extended(head, ctx.clock.now() + ctx.leaseMs);
  }, signal);
}

/** Ends an update: compacts the journal into a checkpoint and writes history. Doing it twice is harmless. */
export async function complete(
  ctx: StateContext,
  claim: UpdateClaim,
  result: UpdateResult,
  events: EventLog,
  signal: AbortSignal,
): Promise<Head> {
  const head = await ctx.cell(claim.stack).change((head_) => {
    if (head_.update === undefined && head_.lastUpdate?.id === claim.updateId) return head_;
    assertRuns(head_, claim);
    return closeUpdate(ctx, head_, result, signal, events);
  }, signal);
  ctx.usage.note(head);
  return head;
}

/** Refuses entries that change what no recorded operation made: replaying them would hit a wrong resource. */
function assertReferences(known: readonly JournalEntry[], fresh: readonly JournalEntry[]): void {
  const all = [...known, ...fresh];
  const rebuilt = Math.max(...all.map((entry) => (entry.kind === entryKinds.rebuiltBaseState ? entry.sequenceID : -1)));
  const makers = new Set(
    all
      .filter((entry) => entry.kind === entryKinds.success && entry.state && entry.sequenceID > rebuilt)
      .map((entry) => entry.operationID),
  );
  for (const entry of fresh) {
    for (const operation of [entry.removeNew, entry.deleteNew, entry.pendingReplacementNew]) {
      if (entry.sequenceID < rebuilt || operation === null || operation === undefined || makers.has(operation))
        continue;
      throw new StateError(
        "invalid",
        `journal entry ${entry.sequenceID} changes what operation ${operation} made, but that operation made nothing; ` +
          "report this with the versions of the operator and the pulumi CLI",
      );
    }
  }
}
