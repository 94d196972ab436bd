// Keeps the input of a plan's decision with the stack, so that the decision can be replayed as long as the record stays.
import { gzipSync } from "node:zlib";
import type { BlueprintRun } from "../../api/index.ts";
import { keepInput, keptDigest } from "../../policy/index.ts";
import { isStateError, type StateService } from "../../provision/state/index.ts";
import { stackOfRun } from "../stack.ts";
import { decisionName, isDecisionName } from "./stage.ts";

/** Longest input that is kept, in bytes and compressed: some 5,000 resources. */
export const maxKeptBytes = 1 << 20;
/** Inputs kept of one stack, which has room for 64 artifacts of all kinds; older ones go. */
export const maxKeptInputs = 24;

/**
 * Keeps the canonical masked text that was judged, and gives the digest to record beside the decision. Undefined where it
 * is too large to be kept: the decision stands, and can't be replayed.
 */
export async function keepDecisionInput(
  run: BlueprintRun,
  text: string,
  state: Pick<StateService, "find" | "putArtifact" | "deleteArtifacts">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stack = stackOfRun(run);
  const kept = keepInput("Plan", text);
  const bytes = gzipSync(JSON.stringify(kept));
  if (bytes.byteLength > maxKeptBytes) return undefined;
  // In the order they were made.
  const earlier = ((await state.find(stack, signal))?.artifacts ?? []).filter(
    (name) => isDecisionName(name) && name !== decisionName(run),
  );
  const surplus = earlier.slice(0, Math.max(0, earlier.length - maxKeptInputs + 1));
  if (surplus.length > 0) await state.deleteArtifacts(stack, surplus, signal);
  try {
    await state.putArtifact(stack, decisionName(run), bytes, signal);
    return keptDigest(kept);
  } catch (error) {
    if (isStateError(error, "tooLarge")) return undefined;
    throw error;
  }
}
