// One stage of a run from taking the stack to leaving a durable result. Runs on the board, outside any pass.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Clock, Kube } from "../../kube/index.ts";
import type { OperationFailure } from "../../provision/index.ts";
import { isStateError, type StackLease } from "../../provision/state/index.ts";
import { ownerOf, stackOfRun } from "../stack.ts";
import { openBackend } from "./backend.ts";
import { WorkBlocked } from "./board.ts";
import type { RunDeps } from "./deps.ts";
import { holdingStack } from "./lease.ts";
import { writeResult } from "./results.ts";
import { stageEngine } from "./run-engine.ts";
import type { Stage, StageResult } from "./stage.ts";
import { applyStage, checkStage, planStage, type StageContext } from "./stages.ts";

/** What a worker has beyond the controller's own dependencies. */
export interface WorkContext {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Does the stage and keeps what came of it. Rejects with WorkBlocked when it could not begin. */
export async function performStage(
  run: BlueprintRun,
  blueprint: Blueprint,
  stage: Stage,
  deps: RunDeps,
  ctx: WorkContext,
): Promise<void> {
  try {
    await holdingStack(
      {
        state: deps.state,
        holders: deps.holders,
        clock: ctx.clock,
        stack: stackOfRun(run),
        owner: ownerOf(blueprint),
        holder: deps.holders.nameFor(run.metadata.uid ?? "", stage),
        providerTimeoutMs: deps.providerTimeoutMs,
      },
      ctx.signal,
      async (lease, signal) => {
        const result = await performHolding(run, blueprint, stage, deps, { ...ctx, signal }, lease);
        ctx.signal.throwIfAborted();
        // Before the stack is given back: who takes it next finds the result.
        await writeResult(run, stage, result, deps.state, ctx.signal);
      },
    );
  } catch (error) {
    if (ctx.signal.aborted || error instanceof WorkBlocked) throw error;
    if (isStateError(error, "unavailable")) {
      throw new WorkBlocked({ reason: "StateUnavailable", message: error.message }, error.retryAfterMs ?? 10_000);
    }
    await writeResult(run, stage, { kind: "failed", failure: failureOf(error) }, deps.state, ctx.signal);
  }
}

async function performHolding(
  run: BlueprintRun,
  blueprint: Blueprint,
  stage: Stage,
  deps: RunDeps,
  ctx: WorkContext,
  lease: StackLease,
): Promise<StageResult> {
  const opened = await openBackend(blueprint, deps.backends, ctx.kube, ctx.signal);
  if (opened?.kind === "failed") return opened;
  const engine = stageEngine({ run, blueprint, stage, lease, opened }, deps, ctx);
  const unseen = await engine.look();
  if (unseen !== undefined) return { kind: "failed", failure: unseen };
  const { resourceCount } = (await deps.state.find(lease.stack, ctx.signal)) ?? { resourceCount: 0 };
  const context: StageContext = {
    run,
    blueprint,
    deps,
    kube: ctx.kube,
    signal: ctx.signal,
    lease,
    resourceCount,
    engine: engine.run,
  };
  try {
    switch (stage) {
      case "plan":
        return await planStage(context);
      case "apply":
        return await applyStage(context);
      case "check":
        return await checkStage(context);
    }
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    return { kind: "failed", failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Pick<OperationFailure, "message" | "partial"> & { readonly reason: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (isStateError(error, "tooLarge")) return { reason: "StateTooLarge", message, partial: false };
  if (isStateError(error, "fenced")) return { reason: "Fenced", message, partial: true };
  if (isStateError(error, "corrupt")) return { reason: "StateCorrupt", message, partial: false };
  if (isStateError(error, "invalid")) return { reason: "CloudIdentityChanged", message, partial: false };
  if (isStateError(error)) return { reason: "StateUnavailable", message, partial: true };
  return { reason: "InternalError", message, partial: true };
}
