// The invariants of every status: kstatus, and the table of situations that each kind promises.
import type { Condition, KubeObject } from "../api/object.ts";
import { conditionsOf } from "./conditions.ts";

/**
 * What is wrong with the status of `object`, in sentences; empty when all is well. Rules: kstatus (sigs.k8s.io/cli-utils,
 * `Ready` always, `Reconciling` and `Stalled` only while True and never both) and what each situation means for Ready.
 */
export function checkStatus(object: KubeObject): string[] {
  const conditions = conditionsOf(object);
  const byType = new Map(conditions.map((condition) => [condition.type, condition]));
  return [
    ...checkGeneration(object),
    ...(byType.size === conditions.length ? [] : ["two conditions have one type"]),
    ...conditions.flatMap((condition) => checkCondition(condition, object.metadata.generation)),
    ...checkTogether(byType),
  ];
}

function checkGeneration(object: KubeObject): string[] {
  const status: unknown = Reflect.get(object, "status");
  const observed: unknown =
    typeof status === "object" && status !== null ? Reflect.get(status, "observedGeneration") : undefined;
  if (typeof observed !== "number") return ["observedGeneration is missing"];
  const { generation } = object.metadata;
  return generation !== undefined && observed > generation
    ? [`observedGeneration ${observed} is ahead of generation ${generation}`]
    : [];
}

// metav1.Condition's own validation.
const reasonPattern = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

function checkCondition(condition: Condition, generation: number | undefined): string[] {
  const wrong: string[] = [];
  if (!["True", "False", "Unknown"].includes(condition.status))
    wrong.push(`${condition.type} has status ${condition.status}`);
  if (!reasonPattern.test(condition.reason ?? ""))
    wrong.push(`${condition.type} has no valid reason: "${condition.reason}"`);
  if (Number.isNaN(Date.parse(condition.lastTransitionTime))) wrong.push(`${condition.type} has no lastTransitionTime`);
  if (
    condition.observedGeneration !== undefined &&
    generation !== undefined &&
    condition.observedGeneration > generation
  )
    wrong.push(`${condition.type} was judged for a generation that does not exist yet`);
  if (condition.status !== "True" && condition.message === "" && condition.type === "Ready")
    wrong.push("Ready is not True and does not say why");
  return wrong;
}

function checkTogether(conditions: ReadonlyMap<string, Condition>): string[] {
  const ready = conditions.get("Ready");
  const reconciling = conditions.get("Reconciling");
  const stalled = conditions.get("Stalled");
  if (!ready) return ["Ready is missing"];
  const rules: readonly (readonly [broken: boolean, message: string])[] = [
    [reconciling !== undefined && reconciling.status !== "True", "Reconciling is there without being True"],
    [stalled !== undefined && stalled.status !== "True", "Stalled is there without being True"],
    [reconciling !== undefined && stalled !== undefined, "Reconciling and Stalled are there together"],
    [reconciling !== undefined && ready.status === "True", "Ready is True while Reconciling"],
    [stalled !== undefined && ready.status !== "False", "Stalled without Ready False"],
    [ready.reason === "NotImplemented" && stalled === undefined, "NotImplemented without Stalled"],
    [
      ready.reason === "AwaitingApproval" && (ready.status !== "Unknown" || reconciling === undefined),
      "AwaitingApproval without Ready Unknown and Reconciling",
    ],
    [
      ready.reason === "AwaitingApproval" && conditions.get("Approved")?.status !== "False",
      "AwaitingApproval without Approved False",
    ],
    [
      ready.reason === "Drifted" && (ready.status !== "False" || conditions.get("Drifted")?.status !== "True"),
      "Ready says Drifted without Ready False and Drifted True",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}
