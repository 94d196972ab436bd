// The loop's times and bounds, with their defaults in one place.

export interface LoopSettings {
  /** Milliseconds between cycles. */
  readonly intervalMs: number;
  /** A series not seen for so long is no data any more: its state is dropped and begins anew. */
  readonly staleMs: number;
  /** Series at most of one subject; the rest is left out and counted. */
  readonly seriesPerSubject: number;
  /** Rows of one batch. All batches have this size (the last one is filled up), so that a replay computes as the cycle did. */
  readonly batchRows: number;
  /** How many of a subject's series are recorded, the most anomalous first. */
  readonly recordedSeries: number;
}

export const defaultLoopSettings: LoopSettings = {
  intervalMs: 15_000,
  staleMs: 90_000,
  seriesPerSubject: 256,
  batchRows: 256,
  recordedSeries: 3,
};
