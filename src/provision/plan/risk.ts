// How bad it is if a plan is wrong: blast radius, what can't be taken back, a score. docs/risk.md explains the table.
import { nodesOf } from "../graph/draft.ts";
import type { ResourceGraph } from "../graph/graph.ts";
import { type Kept, keptBy } from "./stateful.ts";
import type { PlanStep } from "./step.ts";
import type { PlanRisk, RiskLevel } from "./summary.ts";

/** Points for losing what a resource keeps. */
export const LOSS_POINTS: Readonly<Record<Kept, number>> = { data: 50, key: 50, name: 40, disk: 30, address: 20 };

/** Points for each step that loses nothing, and the most that such steps add together. */
export const STEP_POINTS = {
  create: { each: 0.25, most: 10 },
  update: { each: 2, most: 20 },
  delete: { each: 5, most: 40 },
  replace: { each: 8, most: 40 },
  dependent: { each: 1, most: 15 },
} as const;

/** Points on top when the resource is protected. */
export const PROTECTED_POINTS = 40;

/** Lowest score of each level, highest first. */
export const LEVELS: readonly { readonly level: RiskLevel; readonly from: number }[] = [
  { level: "Critical", from: 80 },
  { level: "High", from: 50 },
  { level: "Medium", from: 20 },
  { level: "Low", from: 0 },
];

const REASONS_LIMIT = 10;

/** The risk of steps. With the graph, resources that depend on changed ones count into the blast radius. */
export function assessRisk(steps: readonly PlanStep[], graph?: Pick<ResourceGraph, "nodes">): PlanRisk {
  const touching = steps.filter(({ op }) => op !== "same" && op !== "read" && op !== "refresh" && op !== "discard");
  const losing = touching.filter(({ op, retain }) => op === "replace" || (op === "delete" && !retain));
  const losses = losing.flatMap((step) => {
    const kept = keptBy(step.type);
    if (kept === undefined && !step.protect) return [];
    const points = (kept === undefined ? 0 : LOSS_POINTS[kept]) + (step.protect ? PROTECTED_POINTS : 0);
    return [{ step, points, line: lossLine(step, kept) }];
  });
  const harmless = touching.filter((step) => !losses.some((loss) => loss.step === step));
  const count = (op: PlanStep["op"]) => harmless.filter((step) => step.op === op).length;
  const names = new Set(touching.map(({ name }) => name));
  const moving = touching.filter(({ op }) => op !== "create" && op !== "import").map(({ name }) => name);
  const dependents =
    graph === undefined ? 0 : dependentsOf(new Set(moving), graph).filter((name) => !names.has(name)).length;

  const points =
    losses.reduce((sum, loss) => sum + loss.points, 0) +
    bounded("create", count("create") + count("import")) +
    bounded("update", count("update")) +
    bounded("delete", count("delete")) +
    bounded("replace", count("replace")) +
    bounded("dependent", dependents);
  const score = Math.min(100, Math.round(points));
  return {
    blastRadius: touching.length + dependents,
    irreversible: losses.length,
    score,
    level: LEVELS.find(({ from }) => score >= from)?.level ?? "Low",
    reasons: losses
      .toSorted((left, right) => right.points - left.points)
      .map(({ line }) => line)
      .slice(0, REASONS_LIMIT),
  };
}

/** True when OnRisk asks for approval for the plan alone (api.md); budget, policy and unknown costs are asked elsewhere. */
export function asksApproval(risk: PlanRisk): boolean {
  return risk.irreversible > 0 || risk.level !== "Low";
}

function bounded(kind: keyof typeof STEP_POINTS, count: number): number {
  const { each, most } = STEP_POINTS[kind];
  return Math.min(most, count * each);
}

const LOSSES: Readonly<Record<Kept, string>> = {
  data: "its data is lost",
  disk: "its disk is lost",
  address: "its address is lost",
  key: "it can't be made again as it was",
  name: "names that point to it stop working",
};

function lossLine({ op, name, type, protect }: PlanStep, kept: Kept | undefined): string {
  const what = kept === undefined ? "" : `: ${LOSSES[kept]}`;
  return `${op} of ${protect ? "protected " : ""}${name} (${type})${what}`;
}

/** Nodes that refer to `changed`, directly or not. */
function dependentsOf(changed: ReadonlySet<string>, { nodes }: Pick<ResourceGraph, "nodes">): readonly string[] {
  const reached = new Set(changed);
  // Nodes are in building order, so one pass reaches everything.
  for (const { name, properties, options } of nodes) {
    const needs = [...Object.values(properties).flatMap(nodesOf), ...options.dependsOn];
    if (needs.some((need) => reached.has(need))) reached.add(name);
  }
  return [...reached].filter((name) => !changed.has(name));
}
