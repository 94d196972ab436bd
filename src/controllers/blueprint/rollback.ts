// Going back: to what after a change that failed or made things worse, and what is said once it was done.
import type { Blueprint, BlueprintRun, Condition, Reason } from "../../api/index.ts";
import { durationMs } from "../../api/index.ts";
import { endOf, lastChange, reasonOf } from "./history.ts";
import type { Finding } from "./observed.ts";

/** Failures that another spec does not cure: going back would meet them again. */
const notTheSpec: ReadonlySet<Reason> = new Set<Reason>([
  "CloudIdentityChanged",
  "MissingCredentials",
  "InvalidCredentials",
  "SecretNotOwned",
]);

/**
 * The run to go back to after `failed`, a change that was begun and has been given up: the newest success with other
 * inputs, unless a rollback from these was already tried.
 */
export function rollbackTarget(runs: readonly BlueprintRun[], failed: BlueprintRun): BlueprintRun | undefined {
  const { status, spec } = failed;
  const begun = status?.phase === "Failed" && status.plan !== undefined && status.error?.reason !== "PolicyDenied";
  if (!begun || notTheSpec.has(reasonOf(status.error?.reason ?? ""))) return undefined;
  return goodBefore(lastChange(runs), spec.inputs, runs);
}

/** A change that went well and was bad: the run to go back to, and why, for people. */
export interface Regression {
  readonly good: BlueprintRun;
  readonly why: string;
}

/** A score alone never undoes a change, and neither does a condition that the score does not confirm. */
const fallen: ReadonlySet<string> = new Set(["Degraded", "Critical"]);
/** Said of the Blueprint by others, its probes and users: Ready and Drifted are this operator's own, and no spec cures them. */
const hardSignals: readonly { readonly type: string; readonly bad: Condition["status"] }[] = [
  { type: "Available", bad: "False" },
  { type: "Degraded", bad: "True" },
];

/**
 * Whether `change`, the last one, made things worse: within the rollback window after it a hard signal began, and the health
 * score fell, too. A change that only repeated an older spec (healing) is nothing to go back from.
 */
export function regressionOf(
  blueprint: Blueprint,
  runs: readonly BlueprintRun[],
  change: BlueprintRun,
  now: number,
): Regression | undefined {
  const { rollback } = blueprint.spec;
  const windowMs = durationMs(rollback.window) ?? 0;
  const end = endOf(change);
  if (!rollback.automatic || change.spec.operation !== "Apply" || now > end + windowMs) return undefined;
  const health = blueprint.status?.health;
  if (health === undefined || !fallen.has(health.class) || Date.parse(health.updateTime ?? "") < end) return undefined;
  // Conditions tell whole seconds.
  const began = ({ lastTransitionTime }: Condition) => Date.parse(lastTransitionTime ?? "") + 999 >= end;
  const signal = (blueprint.status?.conditions ?? []).find(
    (condition) =>
      hardSignals.some(({ type, bad }) => condition.type === type && condition.status === bad) && began(condition),
  );
  if (signal === undefined) return undefined;
  const earlier = lastChange(runs.slice(0, runs.indexOf(change)));
  const good = goodBefore(earlier, change.spec.inputs, runs);
  if (good === undefined) return undefined;
  const said = `${signal.type} became ${signal.status} (${signal.reason}: ${signal.message})`;
  const why = `${said} and health fell to ${health.class} within ${rollback.window} after run ${change.metadata.name}`;
  return { good, why: why.slice(0, 1024) };
}

/** What is said once the last good spec is in force again: until the spec changes or somebody asks. */
export function rolledBackFinding(runs: readonly BlueprintRun[], rollback: BlueprintRun): Finding {
  const { note } = rollback.spec;
  if (note !== undefined)
    return { reason: "HealthRegressed", message: `rolled back to the last good spec, because: ${note}` };
  const error = runs.findLast(({ spec, status }) => spec.operation === "Apply" && status?.phase === "Failed")?.status
    ?.error;
  const why = error === undefined ? "the spec could not be applied" : error.message;
  return {
    reason: reasonOf(error?.reason ?? "OperationFailed"),
    message: `rolled back to the last good spec, because: ${why}`,
  };
}

function goodBefore(
  good: BlueprintRun | undefined,
  badInputs: string | undefined,
  runs: readonly BlueprintRun[],
): BlueprintRun | undefined {
  const tried = runs.some((run) => run.spec.operation === "Rollback" && run.spec.inputs === badInputs);
  return !tried && good !== undefined && good.spec.operation !== "Destroy" && good.spec.inputs !== badInputs
    ? good
    : undefined;
}
