// Approvals: the annotations a person sets, the attestation the webhook adds, and what both together say.
import type { BlueprintRun } from "../../api/index.ts";
import { approveAnnotation, rejectAnnotation } from "../../api/index.ts";
import { type Keyring, verifyApproval } from "../../audit/index.ts";
import type { Verdict } from "../blueprintrun/plan.ts";

/** Written by the webhook beside approve or reject: who, when, which plan of which run. */
export const attestationAnnotation = "iacdharma.com/approval-attestation";

/** What a person asks for by annotation; reject wins where both are there. */
export function askedOf(
  annotations: Readonly<Record<string, string>> | undefined,
): { readonly verdict: "Approve" | "Reject"; readonly plan: string } | undefined {
  const reject = annotations?.[rejectAnnotation];
  const approve = annotations?.[approveAnnotation];
  if (reject !== undefined) return { verdict: "Reject", plan: reject };
  return approve === undefined ? undefined : { verdict: "Approve", plan: approve };
}

/** What the run's annotations say about its present plan. Anything that is not attested word for word counts for nothing. */
export function verdictOf(keys: Keyring, run: BlueprintRun): Verdict {
  const asked = askedOf(run.metadata.annotations);
  const plan = run.status?.plan?.id;
  if (asked === undefined || plan === undefined) return { kind: "none" };
  const attestation = run.metadata.annotations?.[attestationAnnotation] ?? "";
  const check = verifyApproval(attestation, { run: run.metadata.uid ?? "", plan: asked.plan }, keys);
  if (check.kind === "invalid") return refused("ApprovalUnattested", check.message);
  const { verdict, user, uid, groups, time } = check.claim;
  if (verdict !== asked.verdict)
    return refused("ApprovalUnattested", "the annotation says something else than was attested: set it again");
  if (asked.plan !== plan)
    return refused(
      "PlanDiffers",
      `${user} decided on ${asked.plan}, the plan is ${plan} now: read it and decide again`,
    );
  return verdict === "Approve" ? { kind: "approved", user, uid, groups, time } : { kind: "rejected", user, time };
}

function refused(reason: "ApprovalUnattested" | "PlanDiffers", message: string): Verdict {
  return { kind: "refused", finding: { reason, message } };
}
