// Why a spec can't be built: a reason code, where, and what to do next.

import type { Reason } from "../../api/index.ts";

/** Reasons a spec is refused; all are in the documented list of src/api/reasons.ts. */
export type SpecReason = Extract<
  Reason,
  | "UnknownComponent"
  | "UnknownProperty"
  | "InvalidProperty"
  | "MissingProperty"
  | "UnknownReference"
  | "InvalidReference"
  | "ReferenceCycle"
  | "DuplicateName"
  | "InvalidName"
  | "TooManyComponents"
  | "PlaintextSecret"
  | "PackageNotAllowed"
  | "UnknownType"
  | "InputMissing"
  | "UnsupportedOnProvider"
  | "WrongRegion"
>;

/** One thing wrong with a spec. */
export interface SpecProblem {
  readonly reason: SpecReason;
  /** JSON path in the spec, such as `components[2].properties.cidr`. */
  readonly path: string;
  /** What is wrong and what to do next; never contains a secret. */
  readonly message: string;
}
