// Drift: how the cloud differs from the recorded state, found without writing anything.
import type { ResourceGraph } from "../graph/graph.ts";

/** One resource that is not as recorded. */
export interface DriftedResource {
  readonly kind: "changed" | "deleted";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Property paths that differ; empty for `deleted`. */
  readonly changed: readonly string[];
}

/** Result of a drift check. `inconclusive`: so much was lost that the reading itself is in doubt; nothing may act on it. */
export type DriftReport =
  | { readonly kind: "none"; readonly checked: number }
  | { readonly kind: "drifted"; readonly checked: number; readonly resources: readonly DriftedResource[] }
  | { readonly kind: "inconclusive"; readonly checked: number; readonly lost: number; readonly message: string };

/** What a Blueprint declares as not drift: fields of a component's or raw resource's own nodes; no fields: all of it. */
export interface DriftIgnore {
  readonly resource: string;
  readonly fields?: readonly string[] | undefined;
}

/** Most resources a reading may lose and still be believed: one, or a fifth of them. */
const MAX_LOST = 1;
const MAX_LOST_PERCENT = 20;

/**
 * Judges a reading. More than one and more than 20 % of the resources gone at once is more often a wrong account, region or
 * permission than a deletion: inconclusive. `checked` counts all resources read.
 */
export function judgeReading(checked: number, resources: readonly DriftedResource[]): DriftReport {
  const lost = resources.filter(({ kind }) => kind === "deleted").length;
  if (lost > MAX_LOST && lost * 100 > checked * MAX_LOST_PERCENT) {
    return {
      kind: "inconclusive",
      checked,
      lost,
      message: `${lost} of ${checked} resources were not found; check that the credentials belong to the same account and may read them`,
    };
  }
  return resources.length === 0 ? { kind: "none", checked } : { kind: "drifted", checked, resources };
}

/** Takes out what the Blueprint declares as not drift. A loss is never ignored by fields, only by the whole resource. */
export function ignoreDrift(
  report: DriftReport,
  ignored: readonly DriftIgnore[],
  graph: Pick<ResourceGraph, "nodes">,
): DriftReport {
  if (report.kind !== "drifted" || ignored.length === 0) return report;
  const owners = new Map(graph.nodes.map(({ name, owner }) => [name, owner]));
  const resources = report.resources.flatMap((drifted): readonly DriftedResource[] => {
    const rules = ignored.filter(({ resource }) => resource === (owners.get(drifted.name) ?? drifted.name));
    if (rules.some(({ fields }) => fields === undefined || fields.length === 0)) return [];
    if (drifted.kind === "deleted" || rules.length === 0) return [drifted];
    const fields = rules.flatMap((rule) => rule.fields ?? []);
    const changed = drifted.changed.filter((path) => !fields.some((field) => isBelow(path, field)));
    return changed.length === 0 ? [] : [{ ...drifted, changed }];
  });
  return resources.length === 0 ? { kind: "none", checked: report.checked } : { ...report, resources };
}

function isBelow(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}
