// What a score was made from, small enough to keep and enough to compute it again.
import type { HealthStatus, HealthSubject } from "../health.ts";
import type { ScoredRow, Standing } from "./standing.ts";
import { worstTracks } from "./standing.ts";

/** A model as recorded: another version may score otherwise. */
export interface RecordedModel {
  readonly name: string;
  readonly version: string;
}

/** One series as it was scored. Numbers that are not finite are null. */
export interface RecordedSeries {
  readonly series: string;
  readonly metric: string;
  readonly about: string;
  readonly value: number | null;
  readonly time: number;
  /** Before the sample; null: the first one. */
  readonly state: readonly number[] | null;
  /** The harmful score of the sample before. */
  readonly previous: number;
}

/** Rows of float32, exact as decimal numbers; NaN is null. */
export interface RecordedRow {
  readonly model: RecordedModel;
  readonly features: readonly string[];
  readonly row: readonly (number | null)[];
}

/** Everything a score depends on. JSON. */
export interface HealthRecord {
  readonly status: HealthStatus;
  /** When it was judged, ms since the epoch. */
  readonly time: number;
  readonly subject: HealthSubject;
  readonly threshold: number;
  readonly objective?: number;
  readonly anomaly?: { readonly model: RecordedModel; readonly series: readonly RecordedSeries[] };
  readonly failure?: RecordedRow;
  readonly drift?: RecordedRow;
  /** Means of the error ratio over the short and the long window. */
  readonly burn?: { readonly short: number; readonly long: number; readonly time: number };
}

export interface Recorded {
  readonly status: HealthStatus;
  readonly time: number;
  readonly subject: HealthSubject;
  readonly threshold: number;
  readonly objective: number | undefined;
}

/** The record of a judgement; of the series, the `series` most anomalous ones. */
export function recordOf(judged: Recorded, standing: Standing, series: number): HealthRecord {
  const { anomalyModel, failure, drift, burn } = standing;
  return {
    status: judged.status,
    time: judged.time,
    subject: subjectOf(judged.subject),
    threshold: judged.threshold,
    ...(judged.objective === undefined ? {} : { objective: judged.objective }),
    ...(anomalyModel === undefined ? {} : { anomaly: { model: anomalyModel, series: seriesOf(standing, series) } }),
    ...(failure === undefined ? {} : { failure: rowOf(failure) }),
    ...(drift === undefined ? {} : { drift: rowOf(drift) }),
    ...(burn === undefined ? {} : { burn }),
  };
}

/** Only what a score depends on: subjects of the loop carry their past as well. */
function subjectOf({
  kind,
  namespace,
  name,
  uid,
  generation,
  observedGeneration,
  conditions,
}: HealthSubject): HealthSubject {
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    generation,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    conditions,
  };
}

function seriesOf(standing: Standing, count: number): readonly RecordedSeries[] {
  return worstTracks(standing, count).map(({ series, metric, about, value, time, before, previous }) => ({
    series,
    metric,
    about,
    value: exact(value),
    time,
    state: before === undefined ? null : [...before],
    previous,
  }));
}

const rowOf = ({ model, features, row }: ScoredRow): RecordedRow => ({ model, features, row: [...row].map(exact) });

const exact = (value: number): number | null => (Number.isFinite(value) ? value : null);
