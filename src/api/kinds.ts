// All kinds, in the order people meet them.
import type { KindDefinition } from "./schema/kind.ts";
import { type Structural, structural } from "./schema/structural.ts";
import { blueprintRunKind } from "./v1alpha1/blueprint-run.ts";
import { blueprintKind } from "./v1alpha1/blueprint.ts";
import { costBudgetKind } from "./v1alpha1/cost-budget.ts";
import { edgeClusterKind } from "./v1alpha1/edge-cluster.ts";
import { remediationPolicyKind } from "./v1alpha1/remediation-policy.ts";
import { remediationKind } from "./v1alpha1/remediation.ts";

/** Every kind of the group. */
export const kinds: readonly KindDefinition[] = [
  blueprintKind,
  blueprintRunKind,
  remediationPolicyKind,
  remediationKind,
  costBudgetKind,
  edgeClusterKind,
];

/** The kind of that name, if it is one of ours. */
export function kindNamed(kind: string): KindDefinition | undefined {
  return kinds.find((definition) => definition.type.kind === kind);
}

const schemas: ReadonlyMap<string, Structural> = new Map(
  kinds.map(({ type, schema }) => [type.kind, structural(schema)]),
);

/** The structural schema of the kind of that name, if it is one of ours. */
export function schemaNamed(kind: string): Structural | undefined {
  return schemas.get(kind);
}
