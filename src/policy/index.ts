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
  addExceptions,
  type EffectiveSettings,
  type Mode,
  parseSettings,
  type PolicyException,
  type PolicySettings,
  SettingsError,
  settingsDigest,
  settingsFor,
} from "./settings.ts";
export { blueprintExceptions, type BlueprintExceptionText, expiryOf, expiryProblem } from "./exception.ts";
export {
  type Bundle,
  BundleError,
  bundlesDigest,
  type BundleSource,
  decidingBundles,
  decidingDigest,
  loadBundle,
} from "./bundle.ts";
export { builtInName, type BundleEntry, pollIntervalMs } from "./sources.ts";
export { buildBundle, type BuildOptions, type BundleFiles } from "./sources-build.ts";
export { bundleFetcher, type Content, type FetchBundle, followBundle, type ReadSource } from "./sources-fetch.ts";
export { type Fetch, type Transport } from "./http.ts";
export { type Credentials, httpSource } from "./http-source.ts";
export { ociSource } from "./oci.ts";
export { configMapContent, directorySource } from "./sources-directory.ts";
export { compiledBundle, compiledBundlePath, type CompileOptions } from "./compile.ts";
export type { DigestKey } from "./digest.ts";
export { suggestionsOf } from "./suggest.ts";
export type { Mined, MinedDecision, MinedException, MinedFinding, Suggestion } from "./suggest-mined.ts";
export { denialDrift, type DriftReport } from "./suggest-drift.ts";
export { suggestionYaml } from "./suggest-yaml.ts";
export { compareDecisions, type Comparison, type FindingChange, replayDecision } from "./replay.ts";
export { type PastDecision, type Replayable, readPast, readReplayFile, replayFile, verify } from "./replay-file.ts";
export { decisionPoint, keepInput, keptDigest, type KeptInput, readKept } from "./replay-input.ts";
export { maskSecrets } from "./mask.ts";
export { type Catalog, catalogIn, type Control, frameworkOf, packOf } from "./catalog.ts";
export {
  type Compliance,
  complianceOf,
  type ComplianceScore,
  type FailedControl,
  type FrameworkScore,
  joinScores,
} from "./compliance.ts";
export {
  type ComplianceReport,
  complianceReport,
  type JudgedSubject,
  type ReportedFailure,
  type ReportedSubject,
} from "./report.ts";
export { reportCsv } from "./report-csv.ts";
export { reportHtml } from "./report-html.ts";
export { type Framework, frameworks } from "./frameworks.ts";
export { createPolicyRegistry, type NamedBundle, type NamespacedException, type PolicyRegistry } from "./registry.ts";
export { readCatalog } from "./catalog-files.ts";
export { maxResults, reportAnnotations, type ReportApi, reportBody } from "./policy-report.ts";
