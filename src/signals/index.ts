// Signals: what is observed about the world, as numbers others can score and decide by.
export type { DriftHistory, DriftRate } from "./drift-rate.ts";
export { changeCountDriftRate, driftPercent } from "./change-count.ts";
export type {
  Labels,
  Sample,
  SampleType,
  SignalProblem,
  SignalProblemReason,
  SignalReading,
  SignalSource,
} from "./sample.ts";
export { seriesKey } from "./sample.ts";
export { createScrape, type ScrapeOptions } from "./scrape.ts";
export { type Fetch, SignalError } from "./http.ts";
export { type CounterPoint, type CounterState, isCounter, type Rates, rates, withRates } from "./rates.ts";
export type { QueryAnswer, QueryPoint, QuerySeries } from "./prometheus-answer.ts";
export { type PrometheusSourceOptions, prometheusSource, type QuerySpec } from "./prometheus-source.ts";
export {
  createPrometheus,
  type InstantOptions,
  type Prometheus,
  type PrometheusOptions,
  type RangeOptions,
} from "./prometheus.ts";
export { type ConditionHistory, conditionHistory, type NotReadySpan } from "./condition-history.ts";
export { isWorthKeeping, type KeptPast, mergePasts, pastIn, textOf } from "./kept-past.ts";
export {
  type BlueprintDrift,
  driftFactsOf,
  mergeOutcomes,
  type Neighbours,
  neighboursOf,
  type Outcomes,
  outcomesOf,
} from "./outcomes.ts";
export {
  type ConditionedObject,
  createPastKeeper,
  type News,
  type ObjectPast,
  type PastKeeper,
  type PastKeeperOptions,
} from "./past.ts";
export { type ContainerRestarts, type RestartHistory, restartHistory } from "./restart-history.ts";
export { type WarningHistory, warningHistory } from "./warning-history.ts";
export { type FollowedWarnings, followWarnings, warningEvents } from "./follow-warnings.ts";
export { createMeasure } from "./measured.ts";
export { type Capacity, createMetricsApi, type MetricsApiOptions } from "./metrics-api.ts";
export { quantityOf } from "./quantity.ts";
export { dependentsOf, needsOf, type Topology, topologyOf } from "./topology.ts";
