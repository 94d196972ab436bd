// The webhook that guards the labels by which a namespace's workloads are judged or exempt.
import type { KubeObject } from "../../api/index.ts";
import type { Validate, Webhook } from "../../runtime/index.ts";
import { mayDo } from "./access.ts";
import { policyExemptLabel, workloadPolicyLabel } from "./policy.ts";

const guarded = [workloadPolicyLabel, policyExemptLabel];

/** Only who has the verb `except` on a namespace may change how its workloads are judged. */
export function namespaceLabelsWebhook(): Webhook {
  return {
    kind: "validating",
    name: "policy-namespaces",
    rules: [{ group: "", versions: ["v1"], resources: ["namespaces"], operations: ["CREATE", "UPDATE"] }],
    failurePolicy: "Fail",
    timeoutSeconds: 4,
    // Namespaces without the labels never come here, so that they don't depend on the operator.
    matchConditions: [
      {
        name: "changes-a-guarded-label",
        expression: guarded
          .map((label) => `${valueOf("object", label)} != ${valueOf("oldObject", label)}`)
          .join(" || "),
      },
    ],
    handle: guardLabels,
  };
}

/** Exported for its tests. */
export const guardLabels: Validate<KubeObject> = async ({ object, oldObject, user, name }, ctx) => {
  const changed = guarded.filter(
    (label) => (object?.metadata.labels?.[label] ?? "") !== (oldObject?.metadata.labels?.[label] ?? ""),
  );
  if (object === undefined || changed.length === 0) return { kind: "allow" };
  const mode = object.metadata.labels?.[workloadPolicyLabel];
  if (mode !== undefined && mode !== "report" && mode !== "enforce") {
    return { kind: "deny", code: 422, reason: "Invalid", message: `${workloadPolicyLabel} must be report or enforce` };
  }
  const access = { verb: "except", group: "", version: "v1", resource: "namespaces", namespace: "", name };
  if (await mayDo(user, access, ctx)) return { kind: "allow" };
  return {
    kind: "deny",
    code: 403,
    message: `${user.username} may not change ${changed.join(" and ")} of namespace ${name}: ask for the verb except on namespaces`,
  };
};

function valueOf(variable: "object" | "oldObject", label: string): string {
  const there = `${variable} != null && has(${variable}.metadata.labels) && '${label}' in ${variable}.metadata.labels`;
  return `(${there} ? ${variable}.metadata.labels['${label}'] : '')`;
}
