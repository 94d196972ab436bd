// Attestation of approvals: who said yes or no to which plan of which run, provable without asking again.
import canonicalize from "canonicalize";
import { type AuditKey, checkMac, type Keyring, mac } from "./key.ts";

export interface ApprovalClaim {
  readonly verdict: "Approve" | "Reject";
  /** UID of the BlueprintRun or Remediation. */
  readonly run: string;
  /** Plan id, `sha256:HEX`. */
  readonly plan: string;
  /** As the API server authenticated them. */
  readonly user: string;
  /** Of the user at that time: what rights are asked for again with, before the plan is applied. */
  readonly uid: string;
  readonly groups: readonly string[];
  /** RFC 3339. */
  readonly time: string;
}

/** Why an attestation is no proof; `unknownKey`: made by a key this operator does not have (any more). */
export type ApprovalFault = "malformed" | "unknownKey" | "forged" | "otherRun" | "otherPlan";

export type ApprovalCheck =
  | { readonly kind: "valid"; readonly claim: ApprovalClaim }
  | { readonly kind: "invalid"; readonly fault: ApprovalFault; readonly message: string };

const FIELDS = ["verdict", "run", "plan", "user", "uid", "time"] as const;

/** The text of the attestation annotation. Throws RangeError for a key that is no key. */
export function attestApproval(claim: ApprovalClaim, key: AuditKey): string {
  const { verdict, run, plan, user, uid, groups, time } = claim;
  return JSON.stringify({ verdict, run, plan, user, uid, groups, time, mac: mac(claimText(claim), key) });
}

/** Whether `attestation` was made by one of the keys, for this run and this plan. Never throws for bad text. */
export function verifyApproval(
  attestation: string,
  expected: { readonly run: string; readonly plan: string },
  keys: Keyring,
): ApprovalCheck {
  const parsed = parse(attestation);
  if (parsed === undefined)
    return invalid("malformed", "the approval carries no attestation of the webhook: approve again");
  const { claim } = parsed;
  switch (checkMac(claimText(claim), parsed.mac, keys)) {
    case "unknownKey":
      return invalid("unknownKey", "the approval was attested by a key that is not in use any more: approve again");
    case "wrong":
      return invalid(
        "forged",
        "the approval's attestation does not match what it says: approve again, and find out who wrote it",
      );
    case "valid":
      break;
  }
  if (claim.run !== expected.run) return invalid("otherRun", "the approval was given to another run: approve this one");
  if (claim.plan !== expected.plan)
    return invalid("otherPlan", "the approval was given to another plan: approve this one");
  return { kind: "valid", claim };
}

function invalid(fault: ApprovalFault, message: string): ApprovalCheck {
  return { kind: "invalid", fault, message };
}

/** What is signed. The leading name keeps a mac made for another purpose from being taken for an approval. */
function claimText({ verdict, run, plan, user, uid, groups, time }: ApprovalClaim): string {
  return `dharma approval v2\n${canonicalize({ verdict, run, plan, user, uid, groups, time }) ?? ""}`;
}

function parse(text: string): { readonly claim: ApprovalClaim; readonly mac: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const field = (name: string): string | undefined => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === "string" ? found : undefined;
  };
  const [verdict, run, plan, user, uid, time] = FIELDS.map(field);
  const made = field("mac");
  const listed: unknown = Reflect.get(value, "groups");
  const groups = Array.isArray(listed) ? listed.filter((group) => typeof group === "string") : undefined;
  if (verdict !== "Approve" && verdict !== "Reject") return undefined;
  if (run === undefined || plan === undefined || user === undefined || uid === undefined || time === undefined) {
    return undefined;
  }
  if (made === undefined || groups === undefined) return undefined;
  return { claim: { verdict, run, plan, user, uid, groups, time }, mac: made };
}
