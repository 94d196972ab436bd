// Inference: how well an object is, from what is known about it.
export type { Health, HealthReason, HealthStatus, HealthSubject } from "./health.ts";
export { conditionsHealth } from "./baseline.ts";
export { scoreFromConditions } from "./from-conditions.ts";
