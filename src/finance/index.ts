// Finance: what resources and plans cost, with source and date of every figure.
export type {
  Cost,
  CostEstimate,
  CostLine,
  CostOptions,
  PlanCost,
  PricedChange,
  PricedResource,
  UnknownCost,
  UsageRate,
} from "./cost.ts";
export { createTableCost } from "./estimate.ts";
