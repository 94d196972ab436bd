// Judging a finished plan: its id and risk, its cost, the policies' decision, and whether a person has to agree.
import type { Blueprint, BlueprintRun, BlueprintRunStatus, RecordedDecision } from "../../api/index.ts";
import type { PlanCost } from "../../finance/index.ts";
import type { Decision, PlanInput } from "../../policy/index.ts";
import { isChange, type PlanSummary } from "../../provision/index.ts";
import type { Deployment } from "../../provision/state/index.ts";
import type { ReconcileContext } from "../../runtime/index.ts";
import { exceptionsOf } from "../attestation/exceptions.ts";
import { type InputSources, resolveInputs } from "../blueprint/inputs.ts";
import { stackOfRun } from "../stack.ts";
import { keepDecisionInput } from "./decision-input.ts";
import type { RunDeps } from "./deps.ts";
import { type Gate, gateOf } from "./gate.ts";
import { movesElsewhere, plannedResources, pricedChanges } from "./resources.ts";
import { blueprintToBuild } from "./last-good.ts";
import { writeSteps } from "./results.ts";
import type { StageResult } from "./stage.ts";

/** Steps kept in status; the rest is an artifact of the stack. */
const stepsInStatus = 100;

/** A judged plan: what the record says of it, and how it goes on. `changed`: the inputs moved on meanwhile. */
export type Judgement =
  | {
      readonly kind: "judged";
      readonly gate: Gate;
      readonly record: Pick<BlueprintRunStatus, "plan" | "cost" | "risk" | "decisions">;
      readonly decision: Decision;
    }
  | { readonly kind: "changed"; readonly message: string };

/** Reads prices and policies; what cannot be known asks for approval, what cannot be decided is denied. */
export async function judge(
  run: BlueprintRun,
  blueprint: Blueprint,
  planned: Extract<StageResult, { kind: "planned" }>,
  ctx: ReconcileContext & RunDeps,
): Promise<Judgement> {
  const { signal, engine, state } = ctx;
  const destroys = run.spec.operation === "Destroy";
  const rollsBack = run.spec.operation === "Rollback";
  const target = await blueprintToBuild(run, blueprint, state, signal);
  if (target === undefined) return { kind: "changed", message: "there is no earlier good spec to go back to any more" };
  const sources: InputSources = { ...ctx.inputs, kube: ctx.kube, trust: rollsBack ? "sealed" : "attested" };
  const inputs = destroys ? undefined : await resolveInputs(target, sources, signal);
  if (inputs !== undefined && (inputs.kind !== "resolved" || (!rollsBack && inputs.digest !== run.spec.inputs))) {
    return { kind: "changed", message: "an input was changed while the plan was made: a new one is made" };
  }
  const translated = inputs === undefined ? undefined : engine.translate(target, inputs.values, inputs.credentials);
  if (translated?.kind === "refused")
    return { kind: "changed", message: "the spec can't be built any more: it is looked at again" };
  const graph = translated?.graph;
  const deployment: Deployment | undefined = (await state.exportStack(stackOfRun(run), signal)).deployment;
  const summary = engine.summarize(target, inputs?.values ?? {}, graph, planned);
  const resources = plannedResources(graph, summary.steps, deployment, engine.nature);
  const cost = await ctx.cost.estimatePlan(pricedChanges(resources), { signal, region: blueprint.spec.region });
  const input = policyInput(run, blueprint, summary, cost, resources, ctx.clock.now());
  const { exceptions, refused } = exceptionsOf(ctx.attestationKeys, blueprint);
  const asked: string[] = [];
  const judged = await ctx.policy.decide("Plan", input, { signal, exceptions, onInput: (text) => asked.push(text) });
  const [text] = asked;
  const kept = text === undefined ? undefined : await keepDecisionInput(run, text, state, signal);
  const decision = refused === undefined ? judged : { ...judged, warn: [...judged.warn, uncounted(refused)] };
  const gate = gateOf({
    operation: run.spec.operation,
    cause: run.spec.cause,
    approval: blueprint.spec.approval,
    driftMode: blueprint.spec.drift.mode,
    summary,
    cost,
    decision,
    stateful: resources
      .filter(({ stateful, operation }) => stateful && ["create", "replace", "delete"].includes(operation))
      .map(({ name }) => name),
    moves: movesElsewhere(graph, deployment),
  });
  const changes = summary.steps.filter(isChange);
  if (changes.length > stepsInStatus) await writeSteps(run, changes, state, signal);
  return { kind: "judged", gate, decision, record: recordOf(run, summary, cost, { ...decision, kept }, ctx) };
}

/** What a person set as an exception and the operator doesn't believe. */
function uncounted(message: string): Decision["warn"][number] {
  return { rule: "policy.exception", message, resource: "", controls: [], severity: "Low" };
}

function policyInput(
  run: BlueprintRun,
  blueprint: Blueprint,
  summary: PlanSummary,
  cost: PlanCost,
  resources: PlanInput["resources"],
  now: number,
): PlanInput {
  const { namespace = "", name, uid = "", generation = 0, labels = {} } = blueprint.metadata;
  const { provider, region, approval } = blueprint.spec;
  const { level, blastRadius, irreversible, score } = summary.risk;
  const { before, after, unknownResources } = cost;
  return {
    time: new Date(now).toISOString(),
    actor: { kind: "Operator", name: "dharma" },
    blueprint: { namespace, name, uid, generation, labels, provider, region, approval },
    operation: run.spec.operation,
    cause: run.spec.cause,
    plan: summary.id,
    resources,
    cost: { before: before.monthly, after: after.monthly, currency: after.currency, unknownResources },
    ...(before.carbonKg === undefined || after.carbonKg === undefined
      ? {}
      : { carbon: { beforeKg: before.carbonKg, afterKg: after.carbonKg } }),
    risk: { blastRadius, irreversible, score, level },
  };
}

function recordOf(
  run: BlueprintRun,
  summary: PlanSummary,
  cost: PlanCost,
  decision: KeptDecision,
  ctx: ReconcileContext & RunDeps,
): Pick<BlueprintRunStatus, "plan" | "cost" | "risk" | "decisions"> {
  const { id, stateDigest, counts, risk } = summary;
  const { creates, updates, replaces, deletes } = counts;
  const changes = summary.steps.filter(isChange);
  const steps = changes.slice(0, stepsInStatus).map(({ op, urn, type, name, changed, replaceReasons }) => {
    return { op, urn, type, name, changed: changed.slice(0, 100), replaceReasons: replaceReasons.slice(0, 100) };
  });
  const expireTime = new Date(ctx.clock.now() + ctx.planLifeMs).toISOString();
  const rest = changes.length > stepsInStatus ? { chunks: [`run.${run.metadata.uid ?? ""}.steps`] } : {};
  const carbon = {
    ...(cost.before.carbonKg === undefined ? {} : { carbonKgBefore: cost.before.carbonKg }),
    ...(cost.after.carbonKg === undefined ? {} : { carbonKgAfter: cost.after.carbonKg }),
  };
  return {
    plan: {
      id,
      stateDigest,
      expireTime,
      steps,
      stepCount: changes.length,
      ...rest,
      creates,
      updates,
      replaces,
      deletes,
    },
    cost: {
      before: cost.before.monthly,
      after: cost.after.monthly,
      currency: cost.after.currency,
      unknownResources: cost.unknownResources.slice(0, 100).map((urn) => urn.slice(-253)),
      ...carbon,
    },
    risk: {
      blastRadius: risk.blastRadius,
      irreversible: risk.irreversible,
      score: risk.score,
      level: risk.level,
    },
    decisions: [...(run.status?.decisions ?? []), recordedDecision(decision, ctx.clock.now())].slice(-32),
  };
}

/** A decision with the digest of its kept input; undefined where that was too large to keep. */
interface KeptDecision extends Decision {
  readonly kept: string | undefined;
}

function recordedDecision(decision: KeptDecision, now: number): RecordedDecision {
  const { point, allow, requireApproval, bundle, settings, input, kept } = decision;
  const finding = ({ rule, message, resource, controls, severity }: Decision["deny"][number]) => ({
    rule,
    message,
    resource,
    controls,
    severity,
  });
  const deny = decision.deny.slice(0, 100).map(finding);
  const warn = decision.warn.slice(0, 100).map(finding);
  const time = new Date(now).toISOString();
  const under = settings === undefined ? {} : { settings };
  const replayed = kept === undefined ? {} : { inputDigest: kept };
  return { point, allow, requireApproval, deny, warn, bundle, ...under, input, ...replayed, time };
}
