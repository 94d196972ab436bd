// The webhook on Blueprints that looks at the spec as the controller will: components, properties, references.
import type { Blueprint } from "../../api/index.ts";
import { group, sameJson, version } from "../../api/index.ts";
import type { SpecProblem } from "../../provision/index.ts";
import type { Validate, Webhook } from "../../runtime/index.ts";

/** `Warn` lets a wrong spec in, as GitOps tools expect, and the conditions say what is wrong; `Deny` refuses it. */
export type SpecAdmission = "Warn" | "Deny";

export interface SpecWebhookOptions {
  readonly checkSpec: (blueprint: Blueprint) => readonly SpecProblem[];
  readonly admission: SpecAdmission;
}

/** Tells the author at once what the controller would only say later. */
export function specWebhook(options: SpecWebhookOptions): Webhook<Blueprint> {
  return {
    kind: "validating",
    name: "blueprint-spec",
    rules: [{ group, versions: [version], resources: ["blueprints"], operations: ["CREATE", "UPDATE"] }],
    failurePolicy: "Ignore",
    timeoutSeconds: 5,
    handle: validateSpec(options),
  };
}

/** Exported for its tests. */
export function validateSpec({ checkSpec, admission }: SpecWebhookOptions): Validate<Blueprint> {
  return async ({ object, oldObject }) => {
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { kind: "allow" };
    if (oldObject !== undefined && sameJson(object.spec, oldObject.spec)) return { kind: "allow" };
    const problems = checkSpec(object);
    const told = problems.slice(0, 10).map(({ path, reason, message }) => `${path}: ${message} (${reason})`);
    if (problems.length === 0) return { kind: "allow" };
    if (admission === "Warn") return { kind: "allow", warnings: told };
    return { kind: "deny", code: 422, reason: "Invalid", message: told.join("; ") };
  };
}
