// The one effect of a pass over a Blueprint: take hold, make a run, let go, or tidy its history.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import { apiVersion, blueprintRuns, blueprints, finalizer } from "../../api/index.ts";
import { isKubeError } from "../../kube/index.ts";
import type { ReconcileContext } from "../../runtime/index.ts";
import { addFinalizer, reconcileAtAnnotation, removeFinalizer } from "../../runtime/index.ts";
import { stackOf } from "../stack.ts";
import type { BlueprintDeps } from "./deps.ts";
import { isOpen, lastChange } from "./history.ts";
import { importsAnnotation, importsOf } from "./imports.ts";
import { blueprintUidLabel, runName } from "./names.ts";
import type { Next, RunRequest } from "./next.ts";
import { runsOf } from "./runs.ts";

type Context = ReconcileContext & BlueprintDeps;

/** Carries the decision out. Every effect may be repeated without harm. */
export async function carryOut(blueprint: Blueprint, next: Next, ctx: Context): Promise<void> {
  switch (next.kind) {
    case "claim":
      await addFinalizer(ctx.kube, blueprints, blueprint, finalizer, ctx.signal);
      return;
    case "startRun":
      return makeRun(blueprint, next.request, ctx);
    case "expire":
      return expire(blueprint, ctx);
    case "release":
      return release(blueprint, next.outcome, ctx);
    case "settled":
      return prune(blueprint, ctx);
    case "paused":
    case "follow":
    case "askApproval":
    case "wait":
    case "stalled":
      return;
  }
}

async function makeRun(blueprint: Blueprint, request: RunRequest, ctx: Context): Promise<void> {
  const { operation, cause, attempt, digest, home, rollbackTo, note } = request;
  const { name, namespace = "", uid = "", generation = 1 } = blueprint.metadata;
  const away = home === "operator" && namespace !== ctx.operatorNamespace;
  const owner = { apiVersion, kind: blueprints.kind, name, uid, controller: true, blockOwnerDeletion: false };
  const run: BlueprintRun = {
    apiVersion,
    kind: blueprintRuns.kind,
    metadata: {
      name: runName({ blueprintUid: uid, blueprintName: name, generation, operation, attempt }),
      namespace: away ? ctx.operatorNamespace : namespace,
      labels: { [blueprintUidLabel]: uid },
      finalizers: [finalizer],
      ...annotationsOf(blueprint, request),
      // A run that destroys must outlive what it destroys, and foreground deletion would take it away first.
      ...(operation === "Destroy" ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      blueprintRef: { name, uid, generation, ...(away ? { namespace } : {}) },
      operation,
      cause,
      attempt,
      inputs: digest,
      ...(rollbackTo === undefined ? {} : { rollbackTo }),
      ...(note === undefined ? {} : { note }),
    },
  };
  try {
    await ctx.kube.create(blueprintRuns, run, { signal: ctx.signal });
    ctx.log.info("made a run", { run: run.metadata.name, operation, cause, attempt });
  } catch (error) {
    if (!isKubeError(error, "alreadyExists")) throw error;
  }
}

function annotationsOf(blueprint: Blueprint, { operation, requestedAt }: RunRequest) {
  const imports = operation === "Import" ? importsOf(blueprint.spec) : undefined;
  const annotations = {
    ...(requestedAt === undefined ? {} : { [reconcileAtAnnotation]: requestedAt }),
    ...(imports === undefined ? {} : { [importsAnnotation]: imports }),
  };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

async function expire(blueprint: Blueprint, ctx: Context): Promise<void> {
  const { namespace = "", name, uid = "" } = blueprint.metadata;
  await record(blueprint, "Blueprint.expired", "Started", "its ttl is over", ctx);
  try {
    await ctx.kube.delete(blueprints, { namespace, name }, { uid, propagation: "Background", signal: ctx.signal });
  } catch (error) {
    if (!isKubeError(error, "notFound", "conflict")) throw error;
  }
}

/** The state goes first: a finalizer that went while the state stayed would leave a stack nobody looks after. */
async function release(
  blueprint: Blueprint,
  outcome: Extract<Next, { kind: "release" }>["outcome"],
  ctx: Context,
): Promise<void> {
  await record(blueprint, `Blueprint.${outcome === "retained" ? "retained" : "released"}`, "Success", outcome, ctx);
  const stack = stackOf(blueprint);
  if ((await ctx.state.find(stack, ctx.signal)) !== undefined) {
    await ctx.state.remove(stack, outcome === "retained" ? "retain" : "empty", ctx.signal);
  }
  await removeFinalizer(ctx.kube, blueprints, blueprint, finalizer, ctx.signal);
}

/** Keeps the newest ended runs of each operation's history within the limit; the last change and drift check always stay. */
async function prune(blueprint: Blueprint, ctx: Context): Promise<void> {
  const ended = runsOf(blueprint, ctx.runCache, ctx.operatorNamespace).filter(
    (run) => !isOpen(run) && run.metadata.deletionTimestamp === undefined,
  );
  for (const run of surplus(ended, blueprint.spec.runHistoryLimit)) {
    const { namespace = "", name, uid = "" } = run.metadata;
    try {
      await ctx.kube.delete(blueprintRuns, { namespace, name }, { uid, propagation: "Background", signal: ctx.signal });
    } catch (error) {
      if (!isKubeError(error, "notFound", "conflict")) throw error;
    }
  }
}

/** Which ended runs (oldest first) go; those that the present state rests on stay even when they are old. */
export function surplus(ended: readonly BlueprintRun[], limit: number): readonly BlueprintRun[] {
  const kept = new Set<BlueprintRun | undefined>([
    lastChange(ended),
    ended.findLast(({ spec, status }) => status?.phase === "Succeeded" && spec.operation === "Import"),
    ended.findLast(({ spec, status }) => status?.phase === "Succeeded" && spec.operation === "Refresh"),
    ended.findLast(({ spec, status }) => status?.phase === "Succeeded" && spec.operation === "Plan"),
  ]);
  return ended.slice(0, Math.max(0, ended.length - limit)).filter((run) => !kept.has(run));
}

async function record(
  blueprint: Blueprint,
  action: string,
  result: "Started" | "Success",
  message: string,
  ctx: Context,
): Promise<void> {
  const { namespace = "", name, uid = "" } = blueprint.metadata;
  const object = { kind: blueprints.kind, namespace, name, uid };
  const actor = { kind: "Operator", name: "dharma" } as const;
  await ctx.audit.append({ actor, action, object, result, message }, { signal: ctx.signal });
}
