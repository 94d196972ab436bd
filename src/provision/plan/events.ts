// Engine events to steps: one for each cloud resource, replacements folded, engine-only resources left out.
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { ChangeCounts, PlanStep, StepOp } from "./step.ts";

/** True for what is no cloud resource: stack, providers, components. */
export function isEngineOnly(type: string): boolean {
  return type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:") || type.startsWith("dharma:");
}

/** Logical name: what follows the last `::` of a URN; the whole text of what is none. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** Gathers the steps of one operation. */
export interface StepGatherer {
  add(event: EngineEvent): void;
  /** Ordered by URN, so that concurrency changes no plan id. */
  steps(): readonly PlanStep[];
  counts(): ChangeCounts;
}

const FAMILY: Readonly<Record<string, StepOp>> = {
  same: "same",
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
  "import-replacement": "replace",
  "read-replacement": "replace",
  read: "read",
  "read-discard": "discard",
  discard: "discard",
  "remove-pending-replace": "discard",
  import: "import",
  refresh: "refresh",
};

/** A gatherer. `resultOf` says where an event's step is: before it (plans) or after it (what was done). */
export function gatherSteps(resultOf: "before" | "after"): StepGatherer {
  const found = new Map<string, PlanStep>();
  return {
    add(event) {
      const metadata = resultOf === "before" ? event.resourcePreEvent?.metadata : event.resOutputsEvent?.metadata;
      if (metadata === undefined || isEngineOnly(metadata.type)) return;
      const step = stepOf(metadata);
      if (step === undefined) return;
      const before = found.get(metadata.urn);
      found.set(metadata.urn, before === undefined ? step : fold(before, step));
    },
    steps: () =>
      [...found.values()].toSorted((left, right) => (left.urn < right.urn ? -1 : left.urn > right.urn ? 1 : 0)),
    counts: () => countSteps([...found.values()]),
  };
}

/** Counts by kind. */
export function countSteps(steps: readonly PlanStep[]): ChangeCounts {
  const count = (...ops: readonly StepOp[]) => steps.filter(({ op }) => ops.includes(op)).length;
  return {
    creates: count("create", "import"),
    updates: count("update"),
    replaces: count("replace"),
    deletes: count("delete", "discard"),
    same: count("same", "read", "refresh"),
  };
}

function stepOf(metadata: StepEventMetadata): PlanStep | undefined {
  const op = FAMILY[metadata.op];
  if (op === undefined) return undefined;
  const states = [metadata.old, metadata.new];
  const replacing = op === "replace";
  return {
    op,
    urn: metadata.urn,
    type: metadata.type,
    name: nameOfUrn(metadata.urn),
    changed: op === "update" || replacing ? sorted(changedOf(metadata)) : [],
    replaceReasons: replacing ? sorted(metadata.keys ?? []) : [],
    protect: states.some((state) => state?.protect === true),
    retain: states.some((state) => state?.retainOnDelete === true),
  };
}

/** Paths that change; the detailed diff names them best. */
export function changedOf(metadata: StepEventMetadata): readonly string[] {
  const detailed = Object.keys(metadata.detailedDiff ?? {});
  return detailed.length > 0 ? detailed : (metadata.diffs ?? []);
}

/** A replacement shows as several steps of one URN; the strongest operation stays, what changed is united. */
function fold(before: PlanStep, after: PlanStep): PlanStep {
  const order: readonly StepOp[] = [
    "replace",
    "delete",
    "create",
    "import",
    "update",
    "discard",
    "refresh",
    "read",
    "same",
  ];
  const stronger = order.indexOf(after.op) < order.indexOf(before.op) ? after : before;
  return {
    ...stronger,
    changed: sorted([...before.changed, ...after.changed]),
    replaceReasons: sorted([...before.replaceReasons, ...after.replaceReasons]),
    protect: before.protect || after.protect,
    retain: before.retain || after.retain,
  };
}

function sorted(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].toSorted();
}
