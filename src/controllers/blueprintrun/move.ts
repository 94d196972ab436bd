// Moving to another account on purpose: the spec was changed to name it, so the old one is given up, by approval.
import { type Blueprint, sameJson } from "../../api/index.ts";
import type { StateService } from "../../provision/state/index.ts";
import { blueprintInForce } from "./last-good.ts";
import type { StageFailure } from "./stage.ts";

type Failed = { readonly kind: "failed"; readonly failure: StageFailure };

/**
 * What a refusal for another account means. Where only the content of a Secret or what the administrator allows has changed, it
 * stays what it is: a mistake until somebody says otherwise. Where the spec names another provider or other credentials than
 * the one in force, somebody has.
 */
export async function asMove(
  refused: Failed,
  blueprint: Blueprint,
  state: Pick<StateService, "getArtifact" | "putArtifact">,
  signal: AbortSignal,
): Promise<Failed> {
  if (refused.failure.reason !== "CloudIdentityChanged") return refused;
  const was = await blueprintInForce(blueprint, state, signal);
  if (was === undefined || !namesAnother(was, blueprint)) return refused;
  const message =
    "the spec names another account: what is in the old one is destroyed first, with the credentials kept for it and after approval, then all is built anew; restore provider and credentials to stay";
  return { kind: "failed", failure: { ...refused.failure, reason: "AccountMoves", message } };
}

function namesAnother({ spec: was }: Blueprint, { spec: now }: Blueprint): boolean {
  return was.provider !== now.provider || !sameJson(was.credentials ?? null, now.credentials ?? null);
}
