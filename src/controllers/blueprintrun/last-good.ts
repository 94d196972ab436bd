// The spec that was last applied with success, kept sealed with the stack: what a rollback goes back to.
import { gunzipSync, gzipSync } from "node:zlib";
import type { Blueprint, BlueprintRun, BlueprintSpec } from "../../api/index.ts";
import { isStateError, type StateService } from "../../provision/state/index.ts";
import { stackOf } from "../stack.ts";

const artifact = "last-good-spec";

/** Keeps the spec that was just applied. */
export async function keepGood(blueprint: Blueprint, state: StateService, signal: AbortSignal): Promise<void> {
  await state.putArtifact(stackOf(blueprint), artifact, gzipSync(JSON.stringify(blueprint.spec)), signal);
}

/** What a run builds: the Blueprint as it is, or for a rollback as it was last good; undefined when nobody knows how that was. */
export async function blueprintToBuild(
  run: BlueprintRun,
  blueprint: Blueprint,
  state: StateService,
  signal: AbortSignal,
): Promise<Blueprint | undefined> {
  if (run.spec.operation !== "Rollback") return blueprint;
  try {
    const bytes = await state.getArtifact(stackOf(blueprint), artifact, signal);
    if (bytes === undefined) return undefined;
    // Sealed by keepGood: nobody else can have made it.
    const spec: BlueprintSpec = JSON.parse(gunzipSync(bytes).toString("utf8"));
    return { ...blueprint, spec };
  } catch (error) {
    if (isStateError(error, "notFound")) return undefined;
    throw error;
  }
}
