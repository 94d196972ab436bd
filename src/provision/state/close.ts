// Closing an update: journal into checkpoint, one more line of history. Used by whoever ends it, in time or after a crash.
import type { StateContext } from "./context.ts";
import type { VersionedDeployment } from "./deployment.ts";
import type { ActiveUpdate, CheckpointRef, Head } from "./head.ts";
import { EventLog, withRecord } from "./history.ts";
import { integrityProblem } from "./integrity.ts";
import type { UpdateResult } from "./stack.ts";

/** States kept for `pulumi stack export --version`. */
const maxEarlier = 5;

/** The head without its update in flight: state as it was reported, one more line of history. */
export async function closeUpdate(
  ctx: StateContext,
  head: Head,
  result: UpdateResult,
  signal: AbortSignal,
  events: EventLog = new EventLog(),
): Promise<Head> {
  const { update, ...rest } = head;
  if (!update) return head;
  const { contents } = ctx;
  const { info } = await contents.journal(head, signal);
  const checkpoint = await compacted(ctx, head, update, signal);
  const record = {
    id: update.id,
    version: update.version,
    kind: update.kind,
    epoch: head.epoch,
    holder: info.holder,
    startTime: Math.floor(update.startTime / 1_000),
    endTime: Math.floor(ctx.clock.now() / 1_000),
    result,
    message: info.message,
    environment: info.environment,
    resourceChanges: events.resourceChanges,
    resourceCount: checkpoint.resources,
    errors: events.errors,
    config: info.config,
    events: events.events,
  };
  const history = await contents.putHistory(head, withRecord(await contents.getHistory(head, signal), record), signal);
  const earlier = head.checkpoint ? [head.checkpoint, ...head.earlier].slice(0, maxEarlier) : head.earlier;
  return { ...rest, checkpoint, earlier, history, lastUpdate: { id: update.id, result } };
}

async function compacted(
  ctx: StateContext,
  head: Head,
  update: ActiveUpdate,
  signal: AbortSignal,
): Promise<CheckpointRef> {
  const state = withIntegrity(await ctx.contents.current(head, signal));
  const before = await ctx.contents.getState(head, head.checkpoint, signal);
  if (head.checkpoint && ctx.contents.sameState(head, before, state))
    return { ...head.checkpoint, version: update.version };
  return ctx.contents.putState(head, state, update.version, signal);
}

/** As the engine does when it saves: a broken state is kept with what is broken about it, and reading it is refused there. */
function withIntegrity(state: VersionedDeployment): VersionedDeployment {
  const { deployment } = state;
  if (!deployment) return state;
  const problem = integrityProblem(deployment);
  const { integrity_error: _, ...metadata } = deployment.metadata ?? {};
  const noted = problem === undefined ? metadata : { ...metadata, integrity_error: { error: problem } };
  return { ...state, deployment: { ...deployment, metadata: noted } };
}
