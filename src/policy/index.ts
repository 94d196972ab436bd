// Policy: may this be done, and does a person have to agree first.
export type {
  Actor,
  AdmissionInput,
  ComplianceInput,
  Decide,
  DecideOptions,
  Decision,
  DecisionInputs,
  DecisionPoint,
  Evaluation,
  ExistingResource,
  Finding,
  JsonObject,
  PlanInput,
  PlannedResource,
  ResourceOperation,
  Severity,
} from "./decision.ts";
export { NOT_KNOWN } from "./decision.ts";
export { createPolicyHost, EvaluationError, type PolicyHost, type PolicyHostOptions } from "./host.ts";
export {
  type EffectiveSettings,
  type Mode,
  parseSettings,
  type PolicyException,
  type PolicySettings,
  SettingsError,
  settingsFor,
} from "./settings.ts";
export { type Bundle, BundleError, type BundleSource, loadBundle } from "./bundle.ts";
export { compiledBundle, compiledBundlePath, type CompileOptions } from "./compile.ts";
export type { DigestKey } from "./digest.ts";
export { maskSecrets } from "./mask.ts";
export { type Catalog, catalogIn, type Control, frameworkOf, packOf } from "./catalog.ts";
export {
  type Compliance,
  complianceOf,
  type FailedControl,
  type FrameworkScore,
  joinCompliance,
} from "./compliance.ts";
export { type Framework, frameworks } from "./frameworks.ts";
export { createPolicyRegistry, type NamedBundle, type NamespacedException, type PolicyRegistry } from "./registry.ts";
