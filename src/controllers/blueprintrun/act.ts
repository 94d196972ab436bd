// The one effect of a pass over a run; what comes of it goes into the record.
import type { Blueprint, BlueprintRun, BlueprintRunStatus } from "../../api/index.ts";
import { blueprintRuns, blueprints, finalizer } from "../../api/index.ts";
import type { AuditEntry } from "../../audit/index.ts";
import { isKubeError } from "../../kube/index.ts";
import type { Decision } from "../../policy/index.ts";
import { isStateError } from "../../provision/state/index.ts";
import { hasFinalizer, type ReconcileContext, removeFinalizer } from "../../runtime/index.ts";
import { stackOfRun } from "../stack.ts";
import type { RunDeps } from "./deps.ts";
import { judge } from "./judge.ts";
import { performStage } from "./operation.ts";
import { writeOutputSecret } from "./output-secret.ts";
import type { End, ObservedRun, RunNext } from "./plan.ts";
import { isReal } from "./resources.ts";
import { dropResults } from "./results.ts";
import type { Stage } from "./stage.ts";

type Context = ReconcileContext & RunDeps;

/** What the record gains; the gate's words go into its conditions. */
export interface Done {
  readonly record: Partial<Omit<BlueprintRunStatus, "conditions" | "observedGeneration" | "health">>;
  /** Why a person has to agree. */
  readonly because?: readonly string[];
}

const nothing: Done = { record: {} };

/** Carries the decision out. Whatever changes the cloud is in the audit log before it is begun. */
export async function carryOutRun(
  run: BlueprintRun,
  observed: ObservedRun,
  next: RunNext,
  ctx: Context,
): Promise<Done> {
  const now = new Date(ctx.clock.now()).toISOString();
  switch (next.kind) {
    case "begin":
      await record(run, "begun", "Started", ctx);
      return { record: { phase: "Running", startTime: now, worker: ctx.holders.nameFor(run.metadata.uid ?? "", "") } };
    case "startWork":
      return startWork(run, observed, next.stage, ctx);
    case "judge":
      return judgePlan(run, observed, next, ctx);
    case "apply":
      await record(
        run,
        "applying",
        "Started",
        ctx,
        next.approval === undefined ? {} : { message: `approved by ${next.approval.user}` },
      );
      return { record: { phase: "Running", ...approvalOf(run, next.approval) } };
    case "finish":
      return finish(run, observed.blueprint, next.end, now, ctx);
    case "tidy":
      await tidy(run, observed.blueprint, ctx);
      return nothing;
    case "await":
    case "hold":
      return nothing;
  }
}

function startWork(run: BlueprintRun, observed: ObservedRun, stage: Stage, ctx: Context): Done {
  const { blueprint } = observed;
  if (blueprint === undefined) return { record: { phase: "Cancelled" } };
  const { kube, clock } = ctx;
  ctx.board.start(run, stage, (signal) => performStage(run, blueprint, stage, ctx, { kube, clock, signal }));
  return nothing;
}

async function judgePlan(
  run: BlueprintRun,
  observed: ObservedRun,
  next: Extract<RunNext, { kind: "judge" }>,
  ctx: Context,
): Promise<Done> {
  const now = new Date(ctx.clock.now()).toISOString();
  const { blueprint } = observed;
  if (blueprint === undefined) return finish(run, blueprint, { phase: "Cancelled" }, now, ctx);
  const judgement = await judge(run, blueprint, next.planned, ctx);
  if (judgement.kind === "changed") {
    return finish(
      run,
      blueprint,
      { phase: "Stale", failure: { reason: "PlanStale", message: judgement.message } },
      now,
      ctx,
    );
  }
  const { gate, decision, record: judged } = judgement;
  const plan = judged.plan?.id;
  await record(run, "planned", gate.kind === "denied" ? "Denied" : "Success", ctx, {
    decision,
    ...(plan === undefined ? {} : { plan }),
  });
  if (gate.kind === "denied") {
    const failure = { reason: "PolicyDenied", message: gate.message } as const;
    return { record: { ...judged, phase: "Failed", error: failure, completionTime: now } };
  }
  if (run.spec.operation === "Plan") return { record: { ...judged, phase: "Succeeded", completionTime: now } };
  if (gate.kind === "askApproval") return { record: { ...judged, phase: "AwaitingApproval" }, because: gate.because };
  return { record: { ...judged, phase: "Pending" } };
}

/** The outcome, in the log first. After a change: what the Blueprint gives out, to status and to its Secret. */
async function finish(
  run: BlueprintRun,
  blueprint: Blueprint | undefined,
  end: End,
  now: string,
  ctx: Context,
): Promise<Done> {
  const { failure, result, phase } = end;
  await record(
    run,
    `ended.${phase}`,
    phase === "Succeeded" ? "Success" : "Failure",
    ctx,
    failure === undefined ? {} : { message: failure.message },
  );
  const base = {
    phase,
    completionTime: now,
    ...(failure === undefined ? {} : { error: { ...failure, message: failure.message.slice(0, 4096) } }),
  };
  if (result?.kind === "checked" && result.report.kind !== "inconclusive") {
    const { report } = result;
    const resources = report.kind === "drifted" ? report.resources : [];
    const listed = resources
      .slice(0, 100)
      .map(({ kind, urn, type, name, changed }) => ({ kind, urn, type, name, changed: changed.slice(0, 100) }));
    return {
      record: {
        ...base,
        drift: { checkedResources: report.checked, driftedResources: resources.length, resources: listed },
      },
    };
  }
  if (result?.kind !== "changed") return { record: base };
  const summary = await ctx.state.find(stackOfRun(run), ctx.signal);
  const stateVersion = summary?.version ?? 0;
  // What it gives out is made by the Apply that follows an Import.
  const silent = run.spec.operation === "Destroy" || run.spec.operation === "Import";
  if (silent || blueprint === undefined) {
    return { record: { ...base, stateVersion, resources: summary?.resourceCount ?? 0 } };
  }
  const { values, secret, deployment } = await ctx.state.outputs(stackOfRun(run), ctx.signal);
  const left = { stateVersion, resources: (deployment.resources ?? []).filter(isReal).length };
  const unwritten = await writeOutputSecret(blueprint, values, ctx.kube, ctx.signal);
  const error = { reason: "SecretNotOwned", message: unwritten ?? "" } as const;
  const outputs = Object.fromEntries(Object.entries(values).filter(([name]) => !secret.includes(name)));
  const told = unwritten === undefined ? {} : { phase: "Failed" as const, error };
  return { record: { ...base, ...left, outputs, ...told } };
}

/** Lets go of what was kept for the run, then of the record itself; one that outlives its Blueprint stays a day. */
async function tidy(run: BlueprintRun, blueprint: Blueprint | undefined, ctx: Context): Promise<void> {
  const { namespace = "", name, uid = "", deletionTimestamp } = run.metadata;
  ctx.board.forget(run);
  if (hasFinalizer(run, finalizer)) {
    await dropKept(run, deletionTimestamp === undefined ? "record" : "nothing", ctx);
    await removeFinalizer(ctx.kube, blueprintRuns, run, finalizer, ctx.signal);
    return;
  }
  if (blueprint !== undefined || deletionTimestamp !== undefined || orphanLeftMs(run, ctx.clock.now()) > 0) return;
  try {
    await ctx.kube.delete(blueprintRuns, { namespace, name }, { uid, propagation: "Background", signal: ctx.signal });
  } catch (error) {
    if (!isKubeError(error, "notFound", "conflict")) throw error;
  }
}

/** Milliseconds a record is kept yet after its Blueprint went. */
export function orphanLeftMs(run: BlueprintRun, now: number): number {
  const ended = Date.parse(run.status?.completionTime ?? run.metadata.creationTimestamp ?? "");
  return Number.isNaN(ended) ? 0 : ended + 24 * 3_600_000 - now;
}

async function dropKept(run: BlueprintRun, keep: "record" | "nothing", ctx: Context): Promise<void> {
  try {
    await dropResults(run, keep, ctx.state, ctx.signal);
  } catch (error) {
    // What is kept goes with the stack at the latest: an unreadable one must not hold a record back.
    if (!isStateError(error, "corrupt", "invalid")) throw error;
  }
}

function approvalOf(
  run: BlueprintRun,
  approval: { readonly user: string; readonly time: string } | undefined,
): Pick<BlueprintRunStatus, "approval"> {
  const plan = run.status?.plan?.id;
  return approval === undefined || plan === undefined ? {} : { approval: { ...approval, plan } };
}

async function record(
  run: BlueprintRun,
  action: string,
  result: AuditEntry["result"],
  ctx: Context,
  details: { readonly message?: string; readonly plan?: string; readonly decision?: Decision } = {},
): Promise<void> {
  const { name, uid, namespace = run.metadata.namespace ?? "" } = run.spec.blueprintRef;
  const plan = details.plan ?? run.status?.plan?.id;
  const { decision, message } = details;
  const entry: AuditEntry = {
    actor: { kind: "Operator", name: "dharma" },
    action: `BlueprintRun.${action}`,
    object: { kind: blueprints.kind, namespace, name, uid },
    run: run.metadata.name,
    result,
    ...(plan === undefined ? {} : { plan }),
    ...(message === undefined ? {} : { message }),
    ...(decision === undefined
      ? {}
      : {
          decisions: [
            {
              point: decision.point,
              allow: decision.allow,
              requireApproval: decision.requireApproval,
              bundle: decision.bundle,
              input: decision.input,
            },
          ],
        }),
  };
  await ctx.audit.append(entry, { signal: ctx.signal });
}
