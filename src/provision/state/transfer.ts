// States going out and coming in: export, export of an earlier version, import, digest, outputs.
import type { StateContext } from "./context.ts";
import { isObject } from "./deployment.ts";
import type { Deployment, Json, VersionedDeployment } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { assertHolds } from "./fence.ts";
import type { Head } from "./head.ts";
import { withRecord } from "./history.ts";
import { isDeployment } from "./integrity.ts";
import { assertWithin } from "./limits.ts";
import { resealed, revealed } from "./secrets.ts";
import type { StackOutputs } from "./service.ts";
import { stackPath } from "./stack.ts";
import type { StackId } from "./stack.ts";
import { updateInFlight } from "./updates.ts";

/** The present state, or the one after update `version`; the last five are kept. */
export async function exportState(
  ctx: StateContext,
  stack: StackId,
  version: number | undefined,
  signal: AbortSignal,
): Promise<VersionedDeployment> {
  const head = await ctx.cell(stack).mustRead(signal);
  if (version === undefined) return ctx.contents.current(head, signal);
  const kept = [...(head.checkpoint ? [head.checkpoint] : []), ...head.earlier];
  const found = kept.find((checkpoint) => checkpoint.version === version);
  if (!found) {
    const have = kept.map((checkpoint) => checkpoint.version).join(", ") || "none";
    throw new StateError("notFound", `version ${version} of ${stackPath(stack)} is not kept; kept are: ${have}`);
  }
  return ctx.contents.getState(head, found, signal);
}

export interface ImportBy {
  readonly holder: string;
  readonly message: string;
  /** Set where only the holder of this lease may. */
  readonly lease: { readonly epoch: number; readonly holder: string } | undefined;
  /** Names the import, so that doing it again is recognised. */
  readonly id: string;
}

/** Replaces the state; the one before stays in history. The caller has parsed it (integrity.ts). */
export async function importState(
  ctx: StateContext,
  stack: StackId,
  state: VersionedDeployment,
  by: ImportBy,
  signal: AbortSignal,
): Promise<Head> {
  const donor = await donorOf(ctx, stack, state.deployment, signal);
  const head = await ctx.cell(stack).change(async (head_) => {
    if (head_.lastUpdate?.id === by.id) return head_;
    if (head_.update) throw updateInFlight(head_, head_.update);
    if (by.lease) assertHolds(head_, by.lease);
    return imported(ctx, head_, state, donor, by, signal);
  }, signal);
  ctx.usage.note(head);
  return head;
}

async function imported(
  ctx: StateContext,
  head: Head,
  state: VersionedDeployment,
  donor: Head | undefined,
  by: ImportBy,
  signal: AbortSignal,
): Promise<Head> {
  const { contents } = ctx;
  const others = donor ? [contents.cipher(donor)] : [];
  const sealed = resealed(state.deployment ?? {}, contents.cipher(head), others);
  if (!isDeployment(sealed)) throw new StateError("invalid", "this state can't be imported: it is not a deployment");
  const deployment: Deployment = sealed.secrets_providers
    ? { ...sealed, secrets_providers: serviceProvider(head.id, "") }
    : sealed;
  const version = head.version + 1;
  const checkpoint = await contents.putState(head, { ...state, deployment }, version, signal);
  const room = { stackBytes: checkpoint.size, totalBytes: (await ctx.usage.total(signal)) + checkpoint.size };
  assertWithin(ctx.limits, room, stackPath(head.id));
  const now = Math.floor(ctx.clock.now() / 1_000);
  const record = {
    id: by.id,
    version,
    kind: "import",
    epoch: head.epoch,
    holder: by.holder,
    startTime: now,
    endTime: now,
    result: "succeeded",
    message: by.message,
    environment: {},
    resourceChanges: {},
    resourceCount: checkpoint.resources,
    errors: [],
    config: {},
    events: [],
  } as const;
  const history = await contents.putHistory(head, withRecord(await contents.getHistory(head, signal), record), signal);
  const earlier = head.checkpoint ? [head.checkpoint, ...head.earlier].slice(0, 5) : head.earlier;
  return { ...head, version, checkpoint, earlier, history, lastUpdate: { id: by.id, result: "succeeded" } };
}

/** The stack an export was made from, where it is another one of this service and of the same organization. */
async function donorOf(
  ctx: StateContext,
  stack: StackId,
  deployment: Deployment | undefined,
  signal: AbortSignal,
): Promise<Head | undefined> {
  const state = deployment?.secrets_providers?.state;
  if (!isObject(state)) return undefined;
  const { owner, project, stack: name } = state;
  if (owner !== stack.organization || typeof project !== "string" || typeof name !== "string") return undefined;
  if (project === stack.project && name === stack.stack) return undefined;
  return ctx.cell({ organization: stack.organization, project, stack: name }).read(signal);
}

/** What `secrets_providers` must say for the CLI to come back to this service, wherever it listens now. */
export function serviceProvider(id: StackId, url: string): { readonly type: string; readonly state: Json } {
  const { organization: owner, project, stack } = id;
  return { type: "service", state: { ...(url === "" ? {} : { url }), owner, project, stack } };
}

/** The state as the CLI at `url` must see it: its secrets are opened by the service it talks to. */
export function addressed(state: VersionedDeployment, id: StackId, url: string): VersionedDeployment {
  const { deployment } = state;
  if (deployment?.secrets_providers?.type !== "service") return state;
  return { ...state, deployment: { ...deployment, secrets_providers: serviceProvider(id, url) } };
}

export async function digestOf(ctx: StateContext, stack: StackId, signal: AbortSignal): Promise<string> {
  const head = await ctx.cell(stack).mustRead(signal);
  return ctx.contents.digest(head, await ctx.contents.current(head, signal));
}

export async function outputsOf(ctx: StateContext, stack: StackId, signal: AbortSignal): Promise<StackOutputs> {
  const head = await ctx.cell(stack).mustRead(signal);
  const deployment = (await ctx.contents.current(head, signal)).deployment ?? {};
  const root = deployment.resources?.find((resource) => resource.type === "pulumi:pulumi:Stack" && !resource.delete);
  const cipher = ctx.contents.cipher(head);
  const secret = new Set<string>();
  const values = Object.entries(root?.outputs ?? {}).map(([name, value]) => [
    name,
    revealed(value, cipher, () => secret.add(name)),
  ]);
  return { values: Object.fromEntries(values), secret: [...secret], deployment };
}
