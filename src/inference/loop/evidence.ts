// What is known about one thing besides its conditions, from the last cycle. Each part is absent where there is no data.

/** A share of the evidence with the words for it. */
export interface Weighted {
  /** What spoke, e.g. `anomaly/latency_seconds`. */
  readonly signal: string;
  /** Relative weight among its siblings; not negative. */
  readonly weight: number;
  readonly message: string;
}

/** A probability of 0 to 1 with what it rests on, weightiest first. */
export interface Judged {
  readonly probability: number;
  readonly because: readonly Weighted[];
  /** Name and version of the model or baseline that said so. */
  readonly model: { readonly name: string; readonly version: string };
}

/** How strong each part of the evidence is, without the words for it: what a score depends on. */
export interface Strengths {
  readonly anomaly?: Pick<Judged, "probability">;
  readonly threshold: number;
  readonly failure?: Pick<Judged, "probability">;
  readonly drift?: Pick<Judged, "probability">;
  readonly burn?: { readonly rate: number };
}

export interface Evidence extends Strengths {
  /** How unusual the worst signal is. */
  readonly anomaly?: Judged;
  /** From where on an anomaly costs points, 0 to 1 (learning/threshold.ts). */
  readonly threshold: number;
  /** That it fails within a day. */
  readonly failure?: Judged;
  /** That somebody changes it behind the operator's back within a day. */
  readonly drift?: Judged;
  /** How many times faster than allowed the error budget burns; 1 uses it up exactly at the end of its period. */
  readonly burn?: { readonly rate: number; readonly message: string };
}
