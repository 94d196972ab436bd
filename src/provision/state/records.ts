// What the operator keeps beside a state: sealed credentials, the cloud's identity, saved plans.
import type { StateContext } from "./context.ts";
import { StateError } from "./errors.ts";
import { assertHolds } from "./fence.ts";
import { assertWithin } from "./limits.ts";
import { stackPath } from "./stack.ts";
import type { StackId, StackLease } from "./stack.ts";

const maxArtifacts = 64;
const maxCredentialBytes = 64 * 1024;
const artifactName = /^[a-z0-9][a-z0-9.-]{0,127}$/;

export async function sealCredentials(
  ctx: StateContext,
  lease: StackLease,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (bytes.length > maxCredentialBytes) {
    throw new StateError("invalid", `credentials of ${bytes.length} bytes are refused: at most ${maxCredentialBytes}`);
  }
  await ctx.cell(lease.stack).change(async (head) => {
    assertHolds(head, lease);
    const before = head.credentials ? await ctx.contents.getBytes(head, head.credentials, signal) : undefined;
    if (before && Buffer.compare(before, bytes) === 0) return head;
    return { ...head, credentials: await ctx.contents.putBytes(head, bytes, signal) };
  }, signal);
}

export async function openCredentials(
  ctx: StateContext,
  stack: StackId,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const head = await ctx.cell(stack).mustRead(signal);
  return head.credentials && ctx.contents.getBytes(head, head.credentials, signal);
}

export async function recordCloudIdentity(
  ctx: StateContext,
  lease: StackLease,
  identity: string,
  signal: AbortSignal,
): Promise<void> {
  await ctx.cell(lease.stack).change((head) => {
    assertHolds(head, lease);
    if (head.cloudIdentity === identity) return head;
    const { resources = 0, pendingOperations = 0 } = head.checkpoint ?? {};
    // A stack resource and default providers may be left of an empty stack; nothing of theirs is in a cloud.
    if (head.cloudIdentity !== undefined && resources + pendingOperations > 0) {
      throw new StateError(
        "invalid",
        `CloudIdentityChanged: the state of ${stackPath(head.id)} belongs to ${head.cloudIdentity}, the credentials lead to ` +
          `${identity}. Nothing was written. Give it credentials of ${head.cloudIdentity}, or destroy it there first`,
      );
    }
    return { ...head, cloudIdentity: identity };
  }, signal);
}

export async function putArtifact(
  ctx: StateContext,
  stack: StackId,
  name: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (!artifactName.test(name)) throw new StateError("invalid", `an artifact can't be named ${JSON.stringify(name)}`);
  await ctx.cell(stack).change(async (head) => {
    if (!(name in head.artifacts) && Object.keys(head.artifacts).length >= maxArtifacts) {
      throw new StateError(
        "tooLarge",
        `${stackPath(stack)} has ${maxArtifacts} artifacts; delete those of finished runs`,
      );
    }
    const ref = await ctx.contents.putBytes(head, bytes, signal);
    assertWithin(ctx.limits, { stackBytes: ref.size, totalBytes: ctx.usage.known() + ref.size }, stackPath(stack));
    return { ...head, artifacts: { ...head.artifacts, [name]: ref } };
  }, signal);
}

export async function getArtifact(
  ctx: StateContext,
  stack: StackId,
  name: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const head = await ctx.cell(stack).mustRead(signal);
  const ref = Object.hasOwn(head.artifacts, name) ? head.artifacts[name] : undefined;
  return ref && ctx.contents.getBytes(head, ref, signal);
}

export async function deleteArtifacts(
  ctx: StateContext,
  stack: StackId,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await ctx.cell(stack).change((head) => {
    if (!names.some((name) => Object.hasOwn(head.artifacts, name))) return head;
    const left = Object.entries(head.artifacts).filter(([name]) => !names.includes(name));
    return { ...head, artifacts: Object.fromEntries(left) };
  }, signal);
}
