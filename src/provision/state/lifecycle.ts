// Stacks themselves: make, find, tag, rename, remove, sweep.
import type { StateContext } from "./context.ts";
import { StateError } from "./errors.ts";
import { blobsOf, deletableChunks, totalBytes } from "./head.ts";
import type { Head } from "./head.ts";
import { newDataKey } from "./seal.ts";
import { stackPath } from "./stack.ts";
import type { StackId, StackOwner, StackSummary } from "./stack.ts";
import { updateInFlight } from "./updates.ts";

const namePattern = /^[A-Za-z0-9_.-]{1,100}$/;
/** A chunk without a head this old belongs to nobody: no create or rename takes that long. */
const orphanAgeMs = 60 * 60 * 1_000;

/** Creates the stack unless it is there; "invalid" where it is there for another Blueprint. */
export async function ensureStack(
  ctx: StateContext,
  stack: StackId,
  owner: StackOwner | undefined,
  signal: AbortSignal,
  tags: Readonly<Record<string, string>> = {},
): Promise<Head> {
  for (const part of [stack.organization, stack.project, stack.stack]) {
    if (!namePattern.test(part)) {
      throw new StateError(
        "invalid",
        `${stackPath(stack)} is no stack name: each part must match ${namePattern.source}`,
      );
    }
  }
  const uid = ctx.newId();
  const head = await ctx.cell(stack).create(
    {
      format: 1,
      id: stack,
      uid,
      ...(owner ? { owner } : {}),
      createdTime: ctx.clock.now(),
      epoch: 1,
      version: 0,
      writeId: ctx.newId(),
      dataKey: newDataKey(ctx.ring, uid, ctx.entropy),
      tags,
      earlier: [],
      artifacts: {},
      garbage: [],
    },
    signal,
  );
  if (owner && head.owner && head.owner.uid !== owner.uid) {
    throw new StateError(
      "invalid",
      `the stack ${stackPath(stack)} belongs to the Blueprint ${head.owner.namespace}/${head.owner.name} (uid ${head.owner.uid}); ` +
        "a Blueprint made anew under an old name has a stack of its own, or adopt the old one with `dharma adopt`",
    );
  }
  return head;
}

export function summaryOf(head: Head): StackSummary {
  const { update } = head;
  return {
    id: head.id,
    owner: head.owner,
    epoch: head.epoch,
    holder: head.lease?.holder,
    leaseExpireTime: head.lease?.expireTime,
    version: head.version,
    resourceCount: head.checkpoint?.resources ?? 0,
    pendingOperations: head.checkpoint?.pendingOperations ?? 0,
    bytes: totalBytes(head),
    cloudIdentity: head.cloudIdentity,
    activeUpdate: update && { id: update.id, kind: update.kind, startTime: update.startTime },
    tags: head.tags,
    artifacts: Object.keys(head.artifacts),
  };
}

export async function setTags(
  ctx: StateContext,
  stack: StackId,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  await ctx.cell(stack).change((head) => ({ ...head, tags }), signal);
}

/** Removes head and chunks; begun once, it can only go on, by whoever asks again. */
export async function removeStack(
  ctx: StateContext,
  stack: StackId,
  mode: "empty" | "retain",
  signal: AbortSignal,
): Promise<void> {
  const cell = ctx.cell(stack);
  const head = await cell.change((head_) => {
    if (head_.removing === "content") return head_;
    if (head_.removing) throw updateRace(stack);
    if (head_.update) throw updateInFlight(head_, head_.update);
    const { resources = 0, pendingOperations = 0 } = head_.checkpoint ?? {};
    if (mode === "empty" && resources + pendingOperations > 0) {
      throw new StateError("hasResources", "Stack still contains resources.");
    }
    return { ...head_, epoch: head_.epoch + 1, removing: "content" };
  }, signal);
  const named = [...blobsOf(head), ...head.garbage].flatMap((blob) =>
    blob.chunks.map((digest) => ({ uid: head.uid, epoch: blob.epoch, digest })),
  );
  for (const chunk of named) {
    await ctx.store.deleteChunk(chunk, signal);
  }
  await cell.remove((head_) => {
    if (head_.removing !== "content") throw updateRace(stack);
  }, signal);
  ctx.usage.forget(head);
}

/**
 * Gives the stack another name. Chunks stay: they belong to the uid. The old head is fenced first, so that of two names
 * never both can be written; asked again after a crash it goes on where it stopped.
 */
export async function renameStack(ctx: StateContext, from: StackId, to: StackId, signal: AbortSignal): Promise<void> {
  const cell = ctx.cell(from);
  const there = await ctx.cell(to).read(signal);
  const head = await cell.change((head_) => {
    if (there && there.uid !== head_.uid) {
      throw new StateError("alreadyExists", `a stack ${stackPath(to)} exists already; choose another name`);
    }
    if (head_.removing === "head") return head_;
    if (head_.removing) throw updateRace(from);
    if (head_.update) throw updateInFlight(head_, head_.update);
    const { lease: _, ...rest } = head_;
    return { ...rest, epoch: head_.epoch + 1, removing: "head" };
  }, signal);
  const { removing: _, ...moved } = head;
  await ctx.cell(to).create({ ...moved, id: to, epoch: head.epoch + 1, writeId: ctx.newId() }, signal);
  await cell.remove((head_) => {
    if (head_.removing !== "head" || head_.uid !== head.uid) throw updateRace(from);
  }, signal);
}

function updateRace(stack: StackId): StateError {
  return new StateError(
    "held",
    `${stackPath(stack)} is being removed or renamed; wait, or finish the rename by asking for it again`,
  );
}

/** Deletes chunks that no head names: left by writers that died before their head write. */
export async function sweep(ctx: StateContext, signal: AbortSignal): Promise<{ readonly deleted: number }> {
  const chunks = await ctx.store.listChunks(undefined, signal);
  const heads = new Map((await ctx.store.listHeads({}, signal)).map(({ head }) => [head.uid, head]));
  let deleted = 0;
  for (const chunk of chunks) {
    const head = heads.get(chunk.uid);
    const dead = head ? isDead(head, chunk) : ctx.clock.now() - chunk.createdTime > orphanAgeMs;
    if (!dead) continue;
    await ctx.store.deleteChunk(chunk, signal);
    deleted += 1;
  }
  return { deleted };
}

/** Chunks of the present epoch may be about to be named; older ones that aren't never will be. */
function isDead(head: Head, chunk: { readonly epoch: number; readonly digest: string }): boolean {
  if (chunk.epoch >= head.epoch) return false;
  const named = [...blobsOf(head)].some((blob) => blob.epoch === chunk.epoch && blob.chunks.includes(chunk.digest));
  return !named || deletableChunks(head).some((dead) => dead.epoch === chunk.epoch && dead.digest === chunk.digest);
}
