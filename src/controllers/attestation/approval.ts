// Approvals: the annotations a person sets, the attestation the webhook adds, and what both together say.
import type { BlueprintRun } from "../../api/index.ts";
import { approveAnnotation, rejectAnnotation } from "../../api/index.ts";
import type { Verdict } from "../blueprintrun/plan.ts";
import { type AttestationKey, claimText, open, seal } from "./attest.ts";

/** Written by the webhook beside approve or reject: who, when, which plan of which run. */
export const attestationAnnotation = "iacdharma.com/approval-attestation";
const purpose = "approval";

export interface ApprovalClaim {
  readonly run: string;
  readonly plan: string;
  readonly verdict: "approved" | "rejected";
  readonly user: string;
  /** RFC 3339. */
  readonly time: string;
}

/** The annotation for a claim. */
export function attestApproval(key: AttestationKey, claim: ApprovalClaim): string {
  return seal(key, purpose, { ...claim });
}

/** What the run's annotations say about its present plan. Anything that is not attested word for word counts for nothing. */
export function verdictOf(key: AttestationKey, run: BlueprintRun): Verdict {
  const annotations = run.metadata.annotations ?? {};
  const approve = annotations[approveAnnotation];
  const reject = annotations[rejectAnnotation];
  const plan = run.status?.plan?.id;
  if ((approve === undefined && reject === undefined) || plan === undefined) return { kind: "none" };
  const verdict = reject === undefined ? "approved" : "rejected";
  const asked = reject ?? approve;
  const claim = open(key, purpose, annotations[attestationAnnotation]);
  const user = claimText(claim, "user");
  const time = claimText(claim, "time");
  const attested =
    claimText(claim, "run") === run.metadata.uid &&
    claimText(claim, "plan") === asked &&
    claimText(claim, "verdict") === verdict;
  if (!attested || user === undefined || time === undefined) {
    const message =
      "the approval carries no valid attestation of the admission webhook: set the annotation again while it is up";
    return { kind: "refused", finding: { reason: "ApprovalUnattested", message } };
  }
  if (asked !== plan) {
    const message = `${user} ${verdict} ${asked ?? ""}, the plan is ${plan} now: read it and decide again`;
    return { kind: "refused", finding: { reason: "PlanDiffers", message } };
  }
  return { kind: verdict, user, time };
}
