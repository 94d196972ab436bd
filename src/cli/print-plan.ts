// A plan as a person reads it.
import { isChange } from "../provision/plan/step.ts";
import type { BlueprintRun, RunPlan } from "../api/index.ts";

const signs: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  replace: "-/+",
  delete: "-",
  import: "=",
  same: " ",
  refresh: "?",
};

/** Lines that tell what a run would do or did: steps, cost, risk, decisions, and what it waits for. */
export function planLines(run: BlueprintRun): readonly string[] {
  const { status } = run;
  const plan = status?.plan;
  const head = `${run.spec.operation} of ${run.spec.blueprintRef.name} (${run.spec.cause}), run ${run.metadata.name}: ${status?.phase ?? "Pending"}`;
  if (plan === undefined)
    return [head, status?.error === undefined ? "  no plan yet" : `  ${status.error.reason}: ${status.error.message}`];
  return [
    head,
    `  plan ${plan.id}`,
    `  ${countsOf(plan)}`,
    "",
    ...stepLines(plan),
    ...costLines(run),
    ...riskLines(run),
    ...decisionLines(run),
    ...errorLines(run),
    ...waitLines(run),
  ];
}

/** "2 to create, 1 to update". */
export function countsOf(plan: Pick<RunPlan, "creates" | "updates" | "replaces" | "deletes">): string {
  const parts = [
    [plan.creates, "to create"],
    [plan.updates, "to update"],
    [plan.replaces, "to replace"],
    [plan.deletes, "to delete"],
  ] as const;
  const told = parts.filter(([count]) => (count ?? 0) > 0).map(([count, what]) => `${count} ${what}`);
  return told.length === 0 ? "nothing to change" : told.join(", ");
}

function stepLines(plan: RunPlan): readonly string[] {
  const steps = (plan.steps ?? []).filter(isChange);
  const lines = steps.map((step) => {
    const why = [
      ...(step.replaceReasons ?? []).map((path) => `${path} forces replacement`),
      ...(step.changed ?? []).filter((path) => !(step.replaceReasons ?? []).includes(path)),
    ];
    return `  ${(signs[step.op] ?? step.op).padStart(3)} ${step.name}  (${step.type})${why.length === 0 ? "" : `: ${why.join(", ")}`}`;
  });
  const more = (plan.stepCount ?? 0) - (plan.steps?.length ?? 0);
  return more > 0 ? [...lines, `      and ${more} more`] : lines;
}

function costLines(run: BlueprintRun): readonly string[] {
  const cost = run.status?.cost;
  if (cost === undefined) return [];
  const unknown = cost.unknownResources ?? [];
  return [
    "",
    `  cost a month: ${cost.before ?? "?"} -> ${cost.after ?? "?"} ${cost.currency ?? ""}${unknown.length === 0 ? "" : `; not known for ${unknown.join(", ")}`}`,
  ];
}

function riskLines(run: BlueprintRun): readonly string[] {
  const risk = run.status?.risk;
  return risk === undefined
    ? []
    : [
        `  risk: ${risk.level} (${risk.score} of 100), ${risk.blastRadius} resources touched, ${risk.irreversible} irreversibly`,
      ];
}

function decisionLines(run: BlueprintRun): readonly string[] {
  return (run.status?.decisions ?? []).flatMap((decision) => [
    `  policy at ${decision.point}: ${decision.allow ? (decision.requireApproval ? "allowed, if a person approves" : "allowed") : "denied"} (bundle ${short(decision.bundle)}, input ${short(decision.input)})`,
    ...(decision.deny ?? []).map((denial) => `    denied by ${denial.rule}: ${denial.message}`),
    ...(decision.warn ?? []).map((warning) => `    warning of ${warning.rule}: ${warning.message}`),
  ]);
}

function errorLines(run: BlueprintRun): readonly string[] {
  const error = run.status?.error;
  return error === undefined
    ? []
    : ["", `  ${error.reason}${error.resource === undefined ? "" : ` at ${error.resource}`}: ${error.message}`];
}

function waitLines(run: BlueprintRun): readonly string[] {
  if (run.status?.phase !== "AwaitingApproval") return [];
  const where = `${run.metadata.name} -n ${run.metadata.namespace ?? "default"}`;
  return ["", `  approve it: dharma approve ${where}`, `  or not:     dharma reject ${where}`];
}

const short = (digest: string | undefined): string => (digest ?? "?").slice(0, 19);
