// The three stages: plan (changes nothing), apply (exactly that plan), check (looks for drift).
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { ignoreDrift, type OperationRequest, type OperationResult, type ResourceGraph } from "../../provision/index.ts";
import type { StackLease } from "../../provision/state/index.ts";
import { resolveInputs } from "../blueprint/inputs.ts";
import type { Inputs } from "../blueprint/observed.ts";
import {
  checkIdentity,
  type Credentials,
  credentialsToDestroy,
  type RunOperation,
  sealable,
  sourcesOf,
} from "./credentials.ts";
import type { RunDeps } from "./deps.ts";
import { blueprintInForce, blueprintToBuild, keepGood } from "./last-good.ts";
import { asMove } from "./move.ts";
import { refusedSecret } from "./output-secret.ts";
import { readResult } from "./results.ts";
import type { StageResult } from "./stage.ts";

/** What a stage works with. */
export interface StageContext {
  readonly run: BlueprintRun;
  readonly blueprint: Blueprint;
  readonly deps: RunDeps;
  readonly kube: Kube;
  readonly signal: AbortSignal;
  readonly lease: StackLease;
  /** Resources in the state when the stack was taken. */
  readonly resourceCount: number;
  readonly engine: RunOperation;
}

/** What is to be built and with whose rights; a result when it can't be. */
type Prepared =
  | {
      readonly kind: "ready";
      /** What is built: for a rollback not the Blueprint as it is now. */
      readonly target: Blueprint;
      readonly inputs: Extract<Inputs, { kind: "resolved" }> | undefined;
      readonly graph: ResourceGraph | undefined;
      readonly credentials: Credentials;
      readonly identity: string | undefined;
    }
  | { readonly kind: "not"; readonly result: StageResult };

/** Previews. What an earlier worker left half done is looked up first, or the plan would be of a state that is not so. */
export async function planStage(ctx: StageContext): Promise<StageResult> {
  const prepared = await prepare(ctx);
  if (prepared.kind === "not") return prepared.result;
  const { graph, credentials, identity } = prepared;
  const foreign = await refusedSecret(ctx.blueprint, ctx.kube, ctx.signal);
  if (foreign !== undefined && graph !== undefined) return failed("SecretNotOwned", foreign);
  const summary = await ctx.deps.state.find(ctx.lease.stack, ctx.signal);
  if (summary !== undefined && summary.pendingOperations > 0) {
    const adopted = await ctx.engine(
      { kind: "refresh", pendingCreates: "adopt", ...(graph === undefined ? {} : { graph }) },
      credentials,
    );
    if (adopted.kind === "failed") return adopted;
  }
  if (graph !== undefined) {
    const more = Math.max(0, graph.nodes.length - ctx.resourceCount);
    await ctx.deps.state.assertRoom(ctx.lease.stack, more, ctx.signal);
  }
  const planned =
    graph === undefined
      ? await ctx.engine({ kind: "planDestroy" }, credentials)
      : await ctx.engine(planRequest(ctx, graph), credentials);
  if (planned.kind !== "planned") return unexpected(planned, "planned");
  // The service's digest, which applyStage compares: it knows the secrets that a worker sees only sealed.
  const stateDigest = await ctx.deps.state.stateDigest(ctx.lease.stack, ctx.signal);
  return { ...planned, stateDigest, ...(identity === undefined ? {} : { identity }) };
}

function planRequest({ run, resourceCount }: StageContext, graph: ResourceGraph): OperationRequest {
  if (run.spec.operation === "Import") return { kind: "planImport", graph };
  const refresh = resourceCount > 0 ? "first" : "none";
  return { kind: "plan", graph, refresh, ...(run.spec.operation === "Plan" ? { imports: "shown" } : {}) };
}

/** Applies the plan of the record, and nothing else: the plan's id is made again from what is there now. */
export async function applyStage(ctx: StageContext): Promise<StageResult> {
  const { run, deps, lease, signal } = ctx;
  const planned = await readResult(run, "plan", deps.state, signal);
  if (planned?.kind !== "planned") return { kind: "stale", message: "the saved plan is gone: a new one is made" };
  const summary = await deps.state.find(lease.stack, signal);
  if (summary !== undefined && summary.pendingOperations > 0) {
    // Applying would make it once more: planning looks it up in the cloud first.
    return {
      kind: "stale",
      message: "a change was cut off since the plan was made: what came of it is looked up first",
    };
  }
  const prepared = await prepare(ctx);
  if (prepared.kind === "not") return prepared.result;
  const { target, graph, inputs, credentials, identity } = prepared;
  const stateDigest = await deps.state.stateDigest(lease.stack, signal);
  const { id } = deps.engine.summarize(target, inputs?.values ?? {}, graph, { ...planned, stateDigest });
  if (id !== run.status?.plan?.id)
    return { kind: "stale", message: "spec, inputs or state moved on since the plan was made: a new one is made" };
  if (identity !== undefined) await deps.state.recordCloudIdentity(lease, identity, signal);
  if (graph === undefined) {
    const destroyed = await ctx.engine({ kind: "destroy", stateDigest }, credentials);
    return destroyed.kind === "destroyed"
      ? { kind: "changed", counts: destroyed.counts }
      : unexpected(destroyed, "destroyed");
  }
  await deps.state.sealCredentials(lease, sealable(credentials), signal);
  if (run.spec.operation === "Import") {
    const plan = planned.saved === undefined ? {} : { plan: planned.saved };
    const imported = await ctx.engine({ kind: "import", graph, stateDigest, ...plan }, credentials);
    return imported.kind === "imported"
      ? { kind: "changed", counts: imported.counts }
      : unexpected(imported, "imported");
  }
  if (planned.saved === undefined) return { kind: "stale", message: "the saved plan is gone: a new one is made" };
  const applied = await ctx.engine({ kind: "apply", graph, plan: planned.saved, stateDigest }, credentials);
  if (applied.kind !== "applied") return unexpected(applied, "applied");
  await keepGood(run, target, deps.state, signal);
  return { kind: "changed", counts: applied.counts };
}

/** Compares the state with the cloud; writes nothing. */
export async function checkStage(ctx: StageContext): Promise<StageResult> {
  const prepared = await prepare(ctx);
  if (prepared.kind === "not") return prepared.result;
  const checked = await ctx.engine({ kind: "driftCheck" }, prepared.credentials);
  if (checked.kind !== "drift") return unexpected(checked, "drift");
  const ignored = ctx.blueprint.spec.drift.ignore ?? [];
  return { kind: "checked", report: ignoreDrift(checked.report, ignored, prepared.graph ?? { nodes: [] }) };
}

async function prepare(ctx: StageContext): Promise<Prepared> {
  const { run, blueprint, deps, signal } = ctx;
  const sources = sourcesOf(deps, ctx.kube);
  const summary = await deps.state.find(ctx.lease.stack, signal);
  if (run.spec.operation === "Destroy") {
    const candidates = await credentialsToDestroy(run, blueprint, sources, deps, signal);
    // By what was built, not by what the spec says now: it may name another cloud already.
    const was = (await blueprintInForce(blueprint, deps.state, signal)) ?? blueprint;
    const checked = await checkIdentity(was, candidates, undefined, summary, deps, ctx.engine);
    if (checked.kind === "failed") return { kind: "not", result: checked };
    return {
      kind: "ready",
      target: blueprint,
      inputs: undefined,
      graph: undefined,
      credentials: checked.credentials,
      identity: checked.identity,
    };
  }
  const target = await blueprintToBuild(run, blueprint, deps.state, signal);
  if (target === undefined) {
    return {
      kind: "not",
      result: failed("RollbackUnavailable", "there is no earlier good spec to go back to: correct the spec"),
    };
  }
  const rollsBack = run.spec.operation === "Rollback";
  const inputs = await resolveInputs(target, rollsBack ? { ...sources, trust: "sealed" } : sources, signal);
  if (inputs.kind !== "resolved") return { kind: "not", result: failed(inputs.finding.reason, inputs.finding.message) };
  if (run.spec.operation !== "Refresh" && !rollsBack && inputs.digest !== run.spec.inputs) {
    return { kind: "not", result: { kind: "stale", message: "an input was changed: a new plan is made" } };
  }
  const translated = deps.engine.translate(target, inputs.values, inputs.credentials);
  if (translated.kind === "refused") {
    const [problem] = translated.problems;
    return {
      kind: "not",
      result: failed(problem?.reason ?? "InvalidSpec", `${problem?.path ?? "spec"}: ${problem?.message ?? "refused"}`),
    };
  }
  const checked = await checkIdentity(blueprint, [inputs.credentials], translated.graph, summary, deps, ctx.engine);
  if (checked.kind === "failed") {
    const moves = run.spec.operation === "Apply" ? await asMove(checked, blueprint, deps.state, signal) : checked;
    return { kind: "not", result: moves };
  }
  return {
    kind: "ready",
    target,
    inputs,
    graph: translated.graph,
    credentials: checked.credentials,
    identity: checked.identity,
  };
}

function unexpected(result: OperationResult, wanted: string): StageResult {
  return result.kind === "failed"
    ? result
    : failed("InternalError", `the engine answered ${result.kind} instead of ${wanted}`);
}

function failed(reason: string, message: string): StageResult {
  return { kind: "failed", failure: { reason, message, partial: false } };
}
