// Results of stages, kept sealed with the stack: any replica can go on with them after a restart.
import { gunzipSync, gzipSync } from "node:zlib";
import type { BlueprintRun } from "../../api/index.ts";
import type { PlanStep } from "../../provision/index.ts";
import type { StateService } from "../../provision/state/index.ts";
import { isStateError } from "../../provision/state/index.ts";
import { stackOfRun } from "../stack.ts";
import { decisionName, resultName, type Stage, type StageResult, stepsName } from "./stage.ts";

/** The result of a stage; undefined when none was left. */
export async function readResult(
  run: BlueprintRun,
  stage: Stage,
  state: StateService,
  signal: AbortSignal,
): Promise<StageResult | undefined> {
  try {
    const bytes = await state.getArtifact(stackOfRun(run), resultName(run, stage), signal);
    if (bytes === undefined) return undefined;
    // Written by writeResult of this or an older version, sealed in between: nobody else can have made it.
    const result: StageResult = JSON.parse(gunzipSync(bytes).toString("utf8"));
    return result;
  } catch (error) {
    if (isStateError(error, "notFound")) return undefined;
    throw error;
  }
}

/** Makes the result durable. */
export async function writeResult(
  run: BlueprintRun,
  stage: Stage,
  result: StageResult,
  state: StateService,
  signal: AbortSignal,
): Promise<void> {
  await state.putArtifact(stackOfRun(run), resultName(run, stage), packed(result), signal);
}

/** Keeps all steps of a plan that is too long for status. */
export async function writeSteps(
  run: BlueprintRun,
  steps: readonly PlanStep[],
  state: StateService,
  signal: AbortSignal,
): Promise<string> {
  await state.putArtifact(stackOfRun(run), stepsName(run), packed(steps), signal);
  return stepsName(run);
}

/** Lets go of what was kept for the run. `record`: steps and the decision's input stay as long as the record does. */
export async function dropResults(
  run: BlueprintRun,
  keep: "record" | "nothing",
  state: StateService,
  signal: AbortSignal,
): Promise<void> {
  const results = (["plan", "apply", "check"] as const).map((stage) => resultName(run, stage));
  const names = keep === "record" ? results : [...results, stepsName(run), decisionName(run)];
  try {
    await state.deleteArtifacts(stackOfRun(run), names, signal);
  } catch (error) {
    if (!isStateError(error, "notFound")) throw error;
  }
}

function packed(value: object): Uint8Array {
  return gzipSync(JSON.stringify(value));
}
