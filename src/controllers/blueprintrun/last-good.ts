// The specs that were last applied with success, kept sealed with the stack: what a rollback goes back to.
import { gunzipSync, gzipSync } from "node:zlib";
import type { Blueprint, BlueprintRun, BlueprintSpec } from "../../api/index.ts";
import { isStateError, type StateService } from "../../provision/state/index.ts";
import { stackOf } from "../stack.ts";

const artifact = "good-specs";
/** The one in force, and the one before it: a change may turn out bad after it went well. */
const most = 2;

type Artifacts = Pick<StateService, "getArtifact" | "putArtifact">;

interface GoodSpec {
  /** Digest of spec and inputs, as runs carry it. */
  readonly inputs: string;
  readonly spec: BlueprintSpec;
}

/** Keeps the spec that `run` just applied. What a rollback went back from is good no more. */
export async function keepGood(
  run: BlueprintRun,
  built: Blueprint,
  state: Artifacts,
  signal: AbortSignal,
): Promise<void> {
  const { operation, inputs = "" } = run.spec;
  const known = await goodSpecs(built, state, signal);
  const others = known.filter((good) => good.inputs !== inputs);
  const now = operation === "Rollback" ? others : [{ inputs, spec: built.spec }, ...others];
  await state.putArtifact(stackOf(built), artifact, gzipSync(JSON.stringify(now.slice(0, most))), signal);
}

/**
 * What a run builds: the Blueprint as it is, or for a rollback the newest good spec but the one it goes back from; undefined
 * when there is none.
 */
export async function blueprintToBuild(
  run: BlueprintRun,
  blueprint: Blueprint,
  state: Artifacts,
  signal: AbortSignal,
): Promise<Blueprint | undefined> {
  if (run.spec.operation !== "Rollback") return blueprint;
  const good = (await goodSpecs(blueprint, state, signal)).find(({ inputs }) => inputs !== run.spec.inputs);
  return good === undefined ? undefined : { ...blueprint, spec: good.spec };
}

/** The Blueprint with the spec that is in force, whatever it says now; undefined when none ever was. */
export async function blueprintInForce(
  blueprint: Blueprint,
  state: Artifacts,
  signal: AbortSignal,
): Promise<Blueprint | undefined> {
  const [good] = await goodSpecs(blueprint, state, signal);
  return good === undefined ? undefined : { ...blueprint, spec: good.spec };
}

async function goodSpecs(blueprint: Blueprint, state: Artifacts, signal: AbortSignal): Promise<readonly GoodSpec[]> {
  try {
    const bytes = await state.getArtifact(stackOf(blueprint), artifact, signal);
    if (bytes === undefined) return [];
    // Sealed by keepGood: nobody else can have made it.
    const specs: readonly GoodSpec[] = JSON.parse(gunzipSync(bytes).toString("utf8"));
    return specs;
  } catch (error) {
    if (isStateError(error, "notFound")) return [];
    throw error;
  }
}
