// One stage of a run from taking the stack to leaving a durable result. Runs on the board, outside any pass.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Clock, Kube } from "../../kube/index.ts";
import type { OperationFailure, OperationJob, OperationResult } from "../../provision/index.ts";
import { isStateError, type StackLease } from "../../provision/state/index.ts";
import { separateToken } from "../credentials/service-account.ts";
import { TokenRefused } from "../credentials/tokens.ts";
import { ownerOf, stackOfRun } from "../stack.ts";
import { WorkBlocked } from "./board.ts";
import type { RunOperation } from "./credentials.ts";
import type { RunDeps } from "./deps.ts";
import { holdingStack } from "./lease.ts";
import { writeResult } from "./results.ts";
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
  const { resourceCount } = (await deps.state.find(lease.stack, ctx.signal)) ?? { resourceCount: 0 };
  const context: StageContext = {
    run,
    blueprint,
    deps,
    kube: ctx.kube,
    signal: ctx.signal,
    lease,
    resourceCount,
    engine: engineOf(run, blueprint, stage, deps, ctx, lease),
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

function engineOf(
  run: BlueprintRun,
  blueprint: Blueprint,
  stage: Stage,
  deps: RunDeps,
  { clock, signal }: WorkContext,
  lease: StackLease,
): RunOperation {
  const { engine, state } = deps;
  const { organization, project, stack } = lease.stack;
  let number = 0;
  return async (request, credentials): Promise<OperationResult> => {
    signal.throwIfAborted();
    number += 1;
    const rights = stage === "apply" || request.kind === "refresh" ? "write" : "read";
    const accessToken = state.issueToken({
      lease,
      rights,
      expireTime: clock.now() + engine.deadlineMs + 60_000,
      operation: run.metadata.name,
    });
    const { variables, token } = separateToken(credentials);
    const job: OperationJob = {
      id: `${run.metadata.name}-${stage}-${number}`,
      namespace: blueprint.metadata.namespace ?? "",
      stack: { organization, project, name: stack },
      request,
      backend: { kind: "service", url: state.url, accessToken },
      plugins: engine.plugins,
      credentials: variables,
      deadlineMs: engine.deadlineMs,
    };
    const perform = () => engine.pool.runOperation(job, { signal });
    if (token === undefined) return perform();
    try {
      return await deps.tokens.holding(token, signal, perform);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      const { message } = error;
      return {
        kind: "failed",
        failure: { reason: "MissingCredentials", action: "waitForInput", message, partial: false },
      };
    }
  };
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
