// Policy: may this be done, and does a person have to agree first.
export type {
  Actor,
  AdmissionInput,
  Decide,
  DecideOptions,
  Decision,
  DecisionInputs,
  DecisionPoint,
  Finding,
  JsonObject,
  PlanInput,
  PlannedResource,
  ResourceOperation,
  Severity,
} from "./decision.ts";
export { NOT_KNOWN } from "./decision.ts";
export { createPolicyHost, type PolicyHost, type PolicyHostOptions, type PolicySettings } from "./host.ts";
export { type Bundle, BundleError, type BundleSource, loadBundle } from "./bundle.ts";
export { compiledBundle, compiledBundlePath, type CompileOptions } from "./compile.ts";
export type { DigestKey } from "./digest.ts";
export { maskSecrets } from "./mask.ts";
