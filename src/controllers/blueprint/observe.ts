// Everything one pass over a Blueprint reads: runs, state head, inputs, dependents. Nothing is written here.
import type { Blueprint } from "../../api/index.ts";
import { namespaces } from "../../api/index.ts";
import { isKubeError } from "../../kube/index.ts";
import type { SpecProblem } from "../../provision/index.ts";
import { isStateError } from "../../provision/state/index.ts";
import type { ReconcileContext } from "../../runtime/index.ts";
import { stackOf } from "../stack.ts";
import type { BlueprintDeps } from "./deps.ts";
import { resolveInputs } from "./inputs.ts";
import type { Inputs, Observed, SpecCheck, StackState } from "./observed.ts";
import { isDeleting, isPaused } from "./observed.ts";
import { runsOf } from "./runs.ts";

/** Reads what `decide` needs. Rejects when the API server cannot be read: the pass is tried again. */
export async function observe(blueprint: Blueprint, ctx: ReconcileContext & BlueprintDeps): Promise<Observed> {
  const deleting = isDeleting(blueprint);
  const paused = isPaused(blueprint);
  const idle = deleting || paused;
  const [stack, inputs, namespaceTerminating] = await Promise.all([
    paused ? ({ kind: "notRead" } as const) : readStack(blueprint, ctx),
    idle ? notRead : resolveInputs(blueprint, { ...ctx.inputs, kube: ctx.kube }, ctx.signal),
    deleting && !paused && isTerminating(blueprint, ctx),
  ]);
  return {
    runs: runsOf(blueprint, ctx.runCache, ctx.operatorNamespace),
    stack,
    inputs,
    spec: idle ? { kind: "valid" } : checked(blueprint, ctx),
    namespaceTerminating,
    dependents: deleting && !paused ? dependentsOf(blueprint, ctx) : [],
    policy: ctx.policy(blueprint),
  };
}

/** Deletion and pause look at no input: what is missing must never block them. */
const notRead: Inputs = {
  kind: "waiting",
  finding: { reason: "InputNotReady", message: "its inputs are not read while it is paused or deleted" },
};

async function readStack(blueprint: Blueprint, ctx: ReconcileContext & BlueprintDeps): Promise<StackState> {
  try {
    const summary = await ctx.state.find(stackOf(blueprint), ctx.signal);
    if (summary === undefined) return { kind: "absent" };
    const { resourceCount, pendingOperations, cloudIdentity } = summary;
    const known = cloudIdentity === undefined ? {} : { identity: cloudIdentity };
    return { kind: "present", resources: resourceCount, pendingOperations, ...known };
  } catch (error) {
    if (!isStateError(error, "corrupt", "unauthorized", "invalid")) throw error;
    return { kind: "unreadable", finding: { reason: "StateCorrupt", message: error.message } };
  }
}

async function isTerminating(blueprint: Blueprint, ctx: ReconcileContext): Promise<boolean> {
  try {
    const namespace = await ctx.kube.get(
      namespaces,
      { name: blueprint.metadata.namespace ?? "" },
      { signal: ctx.signal },
    );
    return namespace.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isKubeError(error, "notFound")) return true;
    throw error;
  }
}

function checked(blueprint: Blueprint, ctx: BlueprintDeps): SpecCheck {
  if (blueprint.spec.execution === "Job") {
    const message =
      "execution: Job is not there in this version of the operator: use Local, and spec.credentials for an identity of its own";
    return { kind: "invalid", finding: { reason: "NotImplemented", message } };
  }
  const backend = blueprint.spec.state?.backendRef;
  const backends = backend === undefined ? [] : ctx.backends(blueprint.metadata.namespace ?? "");
  if (backend !== undefined && !backends.includes(backend)) {
    const known = backends.length === 0 ? "this namespace may use none" : `there are ${backends.join(", ")}`;
    return { kind: "invalid", finding: { reason: "BackendUnknown", message: `no state backend ${backend}: ${known}` } };
  }
  const [first, ...more] = ctx.checkSpec(blueprint).toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return { kind: "valid" };
  const others = more
    .slice(0, 9)
    .map(({ path, message }) => `; ${path}: ${message}`)
    .join("");
  const message = `${first.path}: ${first.message}${others}${more.length > 9 ? `; and ${more.length - 9} more` : ""}`;
  return { kind: "invalid", finding: { reason: first.reason, message } };
}

/** A name nobody knows comes first: it is often why another one is missing. */
function rank({ reason }: SpecProblem): number {
  return reason.startsWith("Unknown") ? 0 : 1;
}

/** Blueprints with resources that read outputs of this one and do not give any back to it (a circle would wait forever). */
function dependentsOf(blueprint: Blueprint, ctx: BlueprintDeps): readonly string[] {
  const dependents: string[] = [];
  for (const other of ctx.blueprintCache.list()) {
    if (other.metadata.uid === blueprint.metadata.uid || (other.status?.resources ?? 0) === 0) continue;
    if (refersTo(other, blueprint) && !refersTo(blueprint, other)) {
      dependents.push(`${other.metadata.namespace ?? ""}/${other.metadata.name}`);
    }
  }
  return dependents.toSorted();
}

function refersTo(from: Blueprint, to: Blueprint): boolean {
  return (from.spec.inputs ?? []).some(({ blueprintRef }) => {
    if (blueprintRef === undefined || blueprintRef.name !== to.metadata.name) return false;
    return (blueprintRef.namespace ?? from.metadata.namespace) === to.metadata.namespace;
  });
}
