// The one list of reason codes for conditions, events and errors; docs/reference/reasons.md is generated from it.
import { driftReasons } from "./reasons/drift.ts";
import { edgeReasons } from "./reasons/edge.ts";
import { engineReasons } from "./reasons/engine.ts";
import { financeReasons } from "./reasons/finance.ts";
import { healingReasons } from "./reasons/healing.ts";
import { inputReasons } from "./reasons/input.ts";
import { lifecycleReasons } from "./reasons/lifecycle.ts";
import { planReasons } from "./reasons/plan.ts";
import { specReasons } from "./reasons/spec.ts";
import { stateReasons } from "./reasons/state.ts";
import type { ReasonEntry, RetryClass } from "./reasons/reason.ts";

/** Every documented reason. */
export const reasons = {
  ...lifecycleReasons,
  ...specReasons,
  ...inputReasons,
  ...planReasons,
  ...engineReasons,
  ...stateReasons,
  ...driftReasons,
  ...healingReasons,
  ...financeReasons,
  ...edgeReasons,
} as const;

/** A code of the documented list: UpperCamelCase, the same in conditions, events and errors. */
export type Reason = keyof typeof reasons;

export type { ReasonEntry, RetryClass };

/** True for a code of the documented list. */
export function isReason(code: string): code is Reason {
  return Object.hasOwn(reasons, code);
}

/** What is to be done after a failure of this kind, and by whom. */
export function retryClass(reason: Reason): RetryClass {
  return reasons[reason].retry;
}

/** The list by theme, for the reference. */
export const reasonSections: readonly {
  readonly title: string;
  readonly reasons: Readonly<Record<string, ReasonEntry>>;
}[] = [
  { title: "Where an object stands", reasons: lifecycleReasons },
  { title: "A Blueprint's spec that cannot be built", reasons: specReasons },
  { title: "What a spec refers to", reasons: inputReasons },
  { title: "Plans, approvals and policies", reasons: planReasons },
  { title: "Operations on a cloud, as the engine and its workers report them", reasons: engineReasons },
  { title: "Where the state is kept", reasons: stateReasons },
  { title: "Drift and health", reasons: driftReasons },
  { title: "Remediation", reasons: healingReasons },
  { title: "Budgets", reasons: financeReasons },
  { title: "Remote clusters", reasons: edgeReasons },
];
