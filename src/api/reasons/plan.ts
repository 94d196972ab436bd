// Plans, approvals and policies.
import { listed } from "./reason.ts";

export const planReasons = listed({
  AwaitingApproval: {
    meaning: "A plan waits for a person.",
    action: "Read it with kubectl dharma plan, then approve or reject it.",
    retry: "waitForInput",
  },
  Approved: { meaning: "The plan was approved and is still the same.", action: "It is applied.", retry: "none" },
  NotRequired: { meaning: "The plan needs no approval.", action: "It is applied.", retry: "none" },
  ApprovalRejected: {
    meaning: "A person rejected the plan.",
    action: "Change the spec, or set iacdharma.com/reconcile-at for a new plan.",
    retry: "giveUp",
  },
  ApprovalUnattested: {
    meaning: "The approval carries no valid attestation: the admission webhook was not there, or it was edited.",
    action: "Approve again while the webhook is up.",
    retry: "waitForInput",
  },
  ApprovalExpired: {
    meaning: "The plan was not approved in time.",
    action: "A new plan is made; approve that one.",
    retry: "giveUp",
  },
  ApproverIsAuthor: {
    meaning: "Who approved also wrote the spec, and the operator asks for two people.",
    action: "Have somebody else approve.",
    retry: "waitForInput",
  },
  ApproverNotAllowed: {
    meaning: "Who approved has lost the right to, or never had it by themselves.",
    action: "Have somebody approve who has the verb approve on blueprintruns, or give it back.",
    retry: "waitForInput",
  },
  PlanStale: {
    meaning: "Spec, inputs or state moved on since the plan was made.",
    action: "Nothing; a new plan is made.",
    retry: "retry",
  },
  PlanDiffers: {
    meaning: "What would be applied differs from the plan that was approved.",
    action: "Nothing; a new plan is made and gated again.",
    retry: "retry",
  },
  Superseded: {
    meaning: "A newer spec took the place of this run.",
    action: "Nothing; look at the newer run.",
    retry: "giveUp",
  },
  PolicyDenied: {
    meaning: "A policy refuses the plan.",
    action: "Correct what the message lists, or ask for an exception.",
    retry: "waitForInput",
  },
  PolicyUnavailable: {
    meaning: "No decision could be had; without one nothing is done.",
    action: "Look at the policy bundle's condition.",
    retry: "retry",
  },
  PolicyLoaded: {
    meaning: "The policy settings and their bundles are in force.",
    action: "Nothing, but read the message: it names exceptions that don't count.",
    retry: "none",
  },
  PolicyBroken: {
    meaning:
      "The policy settings or one of their bundles can't be used; the last good one stays, and without one everything is denied.",
    action: "Correct what the message quotes.",
    retry: "waitForInput",
  },
  ApprovalRequiredByPolicy: {
    meaning: "A policy asks for a person's approval.",
    action: "Approve or reject the plan.",
    retry: "waitForInput",
  },
  BudgetExceeded: {
    meaning: "The plan does not fit the remaining budget.",
    action: "Make it cheaper, raise the budget, or ask for an exception.",
    retry: "waitForInput",
  },
  CostUnknown: {
    meaning: "What the plan costs is not known.",
    action: "Approve it, or use resources with a known price.",
    retry: "waitForInput",
  },
  ProtectedResource: {
    meaning: "The plan deletes or replaces a resource with protect set.",
    action: "Take options.protect away first, or change the spec so that the resource stays.",
    retry: "waitForInput",
  },
  PolicyViolated: {
    meaning:
      "What is there breaks a rule that is enforced: the rule is newer, or the value was known only after applying.",
    action: "Mend the resource as the message says, or have an exception made.",
    retry: "none",
  },
  ComplianceUnknown: {
    meaning: "Compliance could not be judged; the last score stays with its time.",
    action: "Nothing; it is judged again. The message tells what was wrong.",
    retry: "retry",
  },
});
