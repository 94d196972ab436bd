// How a subject stands after a cycle: its series, and what was made of them.
import type { BurnState } from "./burn.ts";
import { burnRate } from "./burn.ts";
import type { Evidence, Judged, Strengths, Weighted } from "./evidence.ts";
import { sustained, type Track } from "./track.ts";

/** A row of features with the probability a model gave it. */
export interface ScoredRow {
  /** Names of the row's columns. */
  readonly features: readonly string[];
  readonly row: Float32Array;
  readonly probability: number;
  readonly model: { readonly name: string; readonly version: string };
}

/** Moved on in place by the cycles, as its tracks are; readers take it as it stands. */
export interface Standing {
  readonly tracks: Map<string, Track>;
  /** Mean of the anomaly over about the last hour. */
  anomalyHour: { readonly mean: number; readonly time: number } | undefined;
  burn: BurnState | undefined;
  anomalyModel: { readonly name: string; readonly version: string } | undefined;
  failure: ScoredRow | undefined;
  drift: ScoredRow | undefined;
}

/** Of what was never scored. */
export const newStanding = (): Standing => ({
  tracks: new Map(),
  anomalyHour: undefined,
  burn: undefined,
  anomalyModel: undefined,
  failure: undefined,
  drift: undefined,
});

/** Why a probability is what it is, where that was worked out. */
export interface Because {
  readonly failure?: readonly Weighted[];
  readonly drift?: readonly Weighted[];
}

/** How many series are named as the reason of an anomaly. */
const named = 3;

/** What a score depends on, without the words: this is asked of everybody in every cycle. */
export function strengthsOf(standing: Standing, objective: number | undefined, threshold: number): Strengths {
  const { failure, drift, burn, anomalyModel } = standing;
  const probability = anomalyModel === undefined ? undefined : anomalyNow(standing);
  return {
    threshold,
    ...(probability === undefined ? {} : { anomaly: { probability } }),
    ...(failure === undefined ? {} : { failure }),
    ...(drift === undefined ? {} : { drift }),
    ...(burn === undefined || objective === undefined ? {} : { burn: { rate: burnRate(burn, objective) } }),
  };
}

/** The evidence of a standing; without `because` the reasons only name the model. */
export function evidenceOf(
  standing: Standing,
  objective: number | undefined,
  threshold: number,
  because: Because = {},
): Evidence {
  const anomaly = anomalyOf(standing, threshold);
  const { failure, drift, burn } = standing;
  return {
    threshold,
    ...(anomaly === undefined ? {} : { anomaly }),
    ...(failure === undefined ? {} : { failure: judgedOf("failure", failure, because.failure) }),
    ...(drift === undefined ? {} : { drift: judgedOf("drift", drift, because.drift) }),
    ...burnOf(burn, objective),
  };
}

/** The highest of the subject's series; undefined where there is none. */
export function anomalyNow({ tracks }: Pick<Standing, "tracks">): number | undefined {
  let worst: number | undefined;
  for (const track of tracks.values()) if (track.steps > 0) worst = Math.max(worst ?? 0, sustained(track));
  return worst;
}

/** The most anomalous series first. */
export function worstTracks({ tracks }: Standing, count: number): readonly Track[] {
  return [...tracks.values()]
    .filter(({ steps }) => steps > 0)
    .toSorted((a, b) => sustained(b) - sustained(a))
    .slice(0, count);
}

function anomalyOf(standing: Standing, threshold: number): Judged | undefined {
  const probability = anomalyNow(standing);
  if (probability === undefined || standing.anomalyModel === undefined) return undefined;
  const because = worstTracks(standing, named)
    .filter((track) => sustained(track) > threshold)
    .map((track) => ({
      signal: `anomaly/${track.metric}`,
      weight: sustained(track) - threshold,
      message: wordsOf(track),
    }));
  return { probability, because, model: standing.anomalyModel };
}

function wordsOf({ metric, about, value, expected, spread }: Track): string {
  const of = about === "" ? "" : ` of ${about}`;
  return `${metric}${of} is ${short(value)}, expected ${short(expected)} give or take ${short(spread)}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

function judgedOf(what: "failure" | "drift", { probability, model }: ScoredRow, because?: readonly Weighted[]): Judged {
  const message = `${what} within a day is likely with ${Math.round(100 * probability)} %`;
  return { probability, because: because ?? [{ signal: what, weight: 1, message }], model };
}

function burnOf(burn: BurnState | undefined, objective: number | undefined): Pick<Evidence, "burn"> {
  if (burn === undefined || objective === undefined) return {};
  const rate = burnRate(burn, objective);
  const allowed = short(100 * (1 - objective));
  return {
    burn: {
      rate,
      message: `${short(100 * burn.short)} % of requests fail (${short(100 * burn.long)} % over the last hour), ${allowed} % may: the error budget burns ${short(rate)} times too fast`,
    },
  };
}
