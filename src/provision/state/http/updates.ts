// Calls of an operation in flight: create, start, journal, checkpoint, events, lease, completion, cancel.
import type { StateContext } from "../context.ts";
import { isObject } from "../deployment.ts";
import type { VersionedDeployment } from "../deployment.ts";
import { StateError } from "../errors.ts";
import { assertHolds } from "../fence.ts";
import { isDeployment } from "../integrity.ts";
import { parseJournalEntries } from "../journal.ts";
import { assertWithin } from "../limits.ts";
import { acquire, cancel, release } from "../leases.ts";
import type { LeaseWatch } from "../leases.ts";
import { stackPath } from "../stack.ts";
import type { StackId, UpdateKind, UpdateResult } from "../stack.ts";
import { signToken } from "../tokens.ts";
import { append, complete, putCheckpoint, renewUpdate, started } from "../updates.ts";
import type { UpdateStart } from "../updates.ts";
import { callerName, mayReport, mayTouch } from "./access.ts";
import type { CallerClaims, UpdateClaims } from "./access.ts";
import { stringMap } from "./body.ts";
import type { EventStreams } from "./event-streams.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";
import type { Requested, RequestedUpdates } from "./requested.ts";

export interface UpdateContext extends StateContext {
  readonly watch: LeaseWatch;
  readonly streams: EventStreams;
  readonly requested: RequestedUpdates;
}

const kinds: readonly string[] = ["update", "preview", "refresh", "destroy"] satisfies readonly UpdateKind[];

export function isUpdateKind(part: string | undefined): part is UpdateKind {
  return part !== undefined && kinds.includes(part);
}

/** POST /stacks/O/P/S/KIND: announces an operation. Nothing is written. A dry run of any kind is a preview. */
export async function createUpdate(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const kind = call.parts[4];
  const body = isObject(call.body) ? call.body : {};
  const options = isObject(body["options"]) ? body["options"] : {};
  const dryRun = kind === "preview" || options["dryRun"] === true;
  mayTouch(call.claims, stack, dryRun ? "read" : "write");
  await ctx.cell(stack).mustRead(call.signal);
  const metadata = isObject(body["metadata"]) ? body["metadata"] : {};
  const updateID = ctx.requested.add({
    stack,
    kind: dryRun ? "preview" : isUpdateKind(kind) ? kind : "update",
    info: {
      startTime: ctx.clock.now(),
      holder: callerName(call.claims),
      message: typeof metadata["message"] === "string" ? metadata["message"] : "",
      environment: stringMap(metadata["environment"]),
      config: isObject(body["config"]) ? body["config"] : {},
      engineVersion: call.engineVersion,
    },
  });
  return { status: 200, body: { updateID } };
}

/** POST /stacks/O/P/S/update/ID: begins it. For a preview nothing is written; otherwise the head says so from here on. */
export async function startUpdate(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const id = call.parts[5] ?? "";
  const requested = ctx.requested.get(id, stack);
  const claims = mayTouch(call.claims, stack, requested.kind === "preview" ? "read" : "write");
  if (requested.kind === "preview") return startPreview(ctx, call, requested, claims);
  const body = isObject(call.body) ? call.body : {};
  const journal = Number(body["journalVersion"] ?? 0) >= 1;
  const start: UpdateStart = {
    id,
    kind: requested.kind,
    mode: journal ? "journal" : "checkpoint",
    info: requested.info,
    tags: body["tags"] === undefined || body["tags"] === null ? undefined : stringMap(body["tags"]),
    operation: claims.kind === "lease" ? claims.operation : undefined,
  };
  if (requested.kind === "update") {
    // Before anything has begun: destroying and refreshing must work also when there is no room left.
    const totalBytes = await ctx.usage.total(call.signal);
    assertWithin(ctx.limits, { stackBytes: 0, totalBytes }, stackPath(stack));
  }
  const lease = await leaseFor(ctx, stack, claims, call.signal);
  const head = await ctx.cell(stack).change((head_) => {
    assertHolds(head_, lease);
    return started(ctx, head_, start);
  }, call.signal);
  const token = updateClaims(ctx, requested, lease, id, start.operation);
  return {
    status: 200,
    body: { version: head.version, ...signed(ctx, token), ...(journal ? { journalVersion: 1 } : {}) },
  };
}

async function startPreview(
  ctx: UpdateContext,
  call: ApiCall,
  requested: Requested,
  claims: CallerClaims,
): Promise<ApiAnswer> {
  const head = await ctx.cell(requested.stack).mustRead(call.signal);
  if (claims.kind === "lease") assertHolds(head, claims);
  const lease = { epoch: head.epoch, holder: callerName(claims) };
  const operation = claims.kind === "lease" ? claims.operation : undefined;
  const token = updateClaims(ctx, requested, lease, requested.id, operation);
  return { status: 200, body: { version: head.version, ...signed(ctx, token) } };
}

/** The operator's worker brings its lease; a person takes the stack for as long as the update runs. */
async function leaseFor(
  ctx: UpdateContext,
  stack: StackId,
  claims: CallerClaims,
  signal: AbortSignal,
): Promise<{ readonly epoch: number; readonly holder: string }> {
  if (claims.kind === "lease") return claims;
  const holder = `${personPrefix}${claims.user}`;
  const head = await ctx.cell(stack).mustRead(signal);
  // A person's two shells have one name: the second must not fence the first.
  const takeover = { kind: "byPerson" } as const;
  if (head.lease && head.lease.expireTime > ctx.clock.now() && head.update) {
    throw new StateError(
      "held",
      `another ${head.update.kind} of ${stackPath(stack)} is in flight, held by ${head.lease.holder} until ` +
        `${new Date(head.lease.expireTime).toISOString()}; wait for it, or stop it with \`pulumi cancel\``,
      { holder: head.lease.holder },
    );
  }
  return acquire(ctx, ctx.watch, { stack, holder, takeover }, signal);
}

const personPrefix = "person:";

export async function patchJournal(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const claims = reporting(call, stack);
  await append(ctx, claims, parseJournalEntries(call.body), call.signal);
  return { status: 204 };
}

/** PATCH checkpoint and checkpointverbatim: a whole state. */
export async function patchCheckpoint(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const claims = reporting(call, stack);
  const body = isObject(call.body) ? call.body : {};
  const outer = isObject(body["untypedDeployment"]) ? body["untypedDeployment"] : body;
  const { deployment, features } = outer;
  if (!isDeployment(deployment)) throw new StateError("invalid", "the checkpoint holds no deployment");
  const state: VersionedDeployment = {
    version: outer["version"] === 4 ? 4 : 3,
    ...(Array.isArray(features) ? { features: features.filter((feature) => typeof feature === "string") } : {}),
    deployment,
  };
  await putCheckpoint(ctx, claims, state, call.signal);
  return { status: 204 };
}

export async function postRenewLease(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const claims = mayReport(call.claims, stack, call.parts[5] ?? "");
  if (claims.updateKind !== "preview") await renewUpdate(ctx, claims, call.signal);
  return { status: 200, body: signed(ctx, { ...claims, expireTime: ctx.clock.now() + ctx.leaseMs }) };
}

export async function postComplete(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const claims = mayReport(call.claims, stack, call.parts[5] ?? "");
  const log = ctx.streams.end(claims);
  ctx.requested.remove(claims.updateId);
  if (claims.updateKind === "preview") return { status: 204 };
  const status = isObject(call.body) ? call.body["status"] : undefined;
  await complete(ctx, claims, resultOf(status), log, call.signal);
  if (claims.holder.startsWith(personPrefix)) await release(ctx, { ...claims, expireTime: 0 }, call.signal);
  return { status: 204 };
}

export async function postCancel(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "write");
  await cancel(ctx, stack, call.signal);
  return { status: 204 };
}

/** GET of an update: `pulumi stack import` polls it, and imports are done when they are acknowledged. */
export async function getUpdate(ctx: UpdateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "read");
  const head = await ctx.cell(stack).mustRead(call.signal);
  const id = call.parts[5];
  if (head.update?.id === id) return { status: 200, body: { status: "running", events: [], continuationToken: "0" } };
  const records = await ctx.contents.getHistory(head, call.signal);
  const record = records.find((candidate) => candidate.id === id);
  if (!record) throw new StateError("notFound", `${stackPath(stack)} knows no update ${id ?? ""}`);
  return { status: 200, body: { status: record.result === "succeeded" ? "succeeded" : "failed", events: [] } };
}

function reporting(call: ApiCall, stack: StackId): UpdateClaims {
  const claims = mayReport(call.claims, stack, call.parts[5] ?? "");
  if (claims.updateKind === "preview") throw new StateError("invalid", "a preview never writes state");
  return claims;
}

function updateClaims(
  ctx: UpdateContext,
  requested: Requested,
  lease: { readonly epoch: number; readonly holder: string },
  updateId: string,
  operation: string | undefined,
): UpdateClaims {
  return {
    kind: "update",
    stack: requested.stack,
    updateId,
    updateKind: requested.kind,
    epoch: lease.epoch,
    holder: lease.holder,
    expireTime: ctx.clock.now() + ctx.leaseMs,
    ...(operation === undefined ? {} : { operation }),
  };
}

function signed(
  ctx: UpdateContext,
  claims: UpdateClaims,
): { readonly token: string; readonly tokenExpiration: number } {
  return { token: signToken(ctx.ring, claims), tokenExpiration: Math.floor(claims.expireTime / 1_000) };
}

function resultOf(status: unknown): UpdateResult {
  return status === "succeeded" || status === "cancelled" ? status : "failed";
}
