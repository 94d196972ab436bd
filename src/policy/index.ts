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
