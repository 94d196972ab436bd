// Everything one pass over a run reads: its Blueprint, the work on its stage, the verdict of a person.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import { isStateError } from "../../provision/state/index.ts";
import type { ReconcileContext } from "../../runtime/index.ts";
import { attestedAuthor } from "../attestation/references.ts";
import { verdictOf } from "../attestation/approval.ts";
import { resolveInputs } from "../blueprint/inputs.ts";
import { blueprintKeyOf } from "../blueprint/runs.ts";
import { approvalOf, mayDo } from "../webhooks/access.ts";
import { windowState } from "../blueprint/windows.ts";
import { stackOfRun } from "../stack.ts";
import type { RunDeps } from "./deps.ts";
import { parseHolder } from "./holder.ts";
import type { ObservedRun, Verdict, Work } from "./plan.ts";
import { readResult } from "./results.ts";
import { positionOf, type Stage } from "./stage.ts";

/** Reads what `decideRun` needs; nothing is written. */
export async function observeRun(run: BlueprintRun, ctx: ReconcileContext & RunDeps): Promise<ObservedRun> {
  const position = positionOf(run);
  const blueprint = blueprintOf(run, ctx);
  const [work, inputs, verdict] = await Promise.all([
    position.kind === "working" ? readWork(run, position.stage, ctx) : ({ kind: "none" } as const),
    position.kind === "ended" ? undefined : currentInputs(run, blueprint, ctx),
    position.kind === "ended" ? ({ kind: "none" } as const) : judged(run, blueprint, ctx),
  ]);
  return {
    blueprint,
    inputs,
    work,
    verdict,
    window: windowState(blueprint?.spec.maintenanceWindows, ctx.clock.now()),
  };
}

/** The Blueprint the run was made for, by UID. */
export function blueprintOf(
  run: BlueprintRun,
  ctx: Pick<RunDeps, "blueprintCache" | "operatorNamespace">,
): Blueprint | undefined {
  const key = blueprintKeyOf(run, ctx.operatorNamespace);
  const blueprint = key === undefined ? undefined : ctx.blueprintCache.get(key);
  return blueprint?.metadata.uid === run.spec.blueprintRef.uid ? blueprint : undefined;
}

async function currentInputs(
  run: BlueprintRun,
  blueprint: Blueprint | undefined,
  ctx: ReconcileContext & RunDeps,
): Promise<string | undefined> {
  const { operation } = run.spec;
  if (blueprint === undefined || operation === "Destroy" || operation === "Refresh") return undefined;
  const inputs = await resolveInputs(blueprint, { ...ctx.inputs, kube: ctx.kube }, ctx.signal);
  return inputs.kind === "resolved" ? inputs.digest : undefined;
}

async function readWork(run: BlueprintRun, stage: Stage, ctx: ReconcileContext & RunDeps): Promise<Work> {
  if (ctx.board.isActive(run)) return { kind: "active" };
  const result = await readResult(run, stage, ctx.state, ctx.signal);
  if (result !== undefined) return { kind: "ended", result };
  const block = ctx.board.blockOf(run);
  if (block !== undefined) return { kind: "blocked", ...block };
  return beyondThisProcess(run, stage, ctx);
}

/** What the stack itself tells about work that this process knows nothing of. */
async function beyondThisProcess(run: BlueprintRun, stage: Stage, ctx: ReconcileContext & RunDeps): Promise<Work> {
  const stack = stackOfRun(run);
  const summary = await ctx.state.find(stack, ctx.signal);
  if (summary === undefined) return { kind: "none" };
  const { holder, leaseExpireTime = 0 } = summary;
  const mine = (name: string): boolean => {
    const parsed = parseHolder(name);
    return parsed !== undefined && parsed.run === run.metadata.uid && parsed.stage === stage;
  };
  if (holder !== undefined && mine(holder)) {
    const left = leaseExpireTime - ctx.clock.now();
    const dead = await ctx.holders.proofOfDeath(holder, ctx.signal);
    if (dead === undefined && left > 0 && holder !== ctx.holders.nameFor(run.metadata.uid ?? "", stage)) {
      const message = `another replica (${parseHolder(holder)?.host ?? holder}) is at it`;
      return { kind: "blocked", finding: { reason: "StateLocked", message }, retryAfterMs: Math.min(left, 30_000) };
    }
  }
  try {
    const history = await ctx.state.history(stack, ctx.signal);
    const begun = history.find((update) => update.kind !== "preview" && mine(update.holder));
    return begun === undefined ? { kind: "none" } : { kind: "lost", holder: begun.holder };
  } catch (error) {
    if (isStateError(error, "notFound")) return { kind: "none" };
    throw error;
  }
}

/** What the annotations say, believed only of somebody who may approve now: rights are taken away, too. */
async function judged(
  run: BlueprintRun,
  blueprint: Blueprint | undefined,
  ctx: ReconcileContext & RunDeps,
): Promise<Verdict> {
  const verdict = verdictOf(ctx.approvalKeys, run);
  if (verdict.kind !== "approved") return verdict;
  const { user: username, uid, groups } = verdict;
  // RBAC knows users and groups; what authenticators say beyond that is not kept, some of it opens doors.
  if (!(await mayDo({ username, uid, groups, extra: {} }, approvalOf(run.metadata), ctx))) {
    const { namespace = "", name } = run.metadata;
    const message = `${username} approved, but may not approve blueprintruns ${namespace}/${name} any more: somebody who may has to approve, or give the verb approve back`;
    return { kind: "refused", finding: { reason: "ApproverNotAllowed", message } };
  }
  if (ctx.approver === "anyone" || blueprint === undefined) return verdict;
  const author = attestedAuthor(ctx.attestationKeys, blueprint);
  if (author !== undefined && author !== verdict.user) return verdict;
  const message = `${verdict.user} wrote the spec, or nobody knows who did: somebody else has to approve`;
  return { kind: "refused", finding: { reason: "ApproverIsAuthor", message } };
}
