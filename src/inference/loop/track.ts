// One series on its way through the cycles: what the detector remembers of it, and how it stands.
import type { AnomalyInput, AnomalyResult } from "../models/anomaly-detector.ts";
import type { Sample } from "../../signals/index.ts";
import { isHarmful, type MetricMeaning, meaningOf } from "./metric-kinds.ts";

/**
 * A series of a subject, with what its newest step was computed from and gave: enough to compute it again. It is moved on in
 * place: there are hundreds of thousands a cycle, and new objects for each kept the garbage collector busier than the models.
 */
export interface Track {
  readonly series: string;
  readonly metric: string;
  readonly meaning: MetricMeaning;
  /** What the series is about, for a person: the name or id of a resource. */
  readonly about: string;
  /** Samples scored; 0: nothing below is known yet. */
  steps: number;
  value: number;
  /** Of the newest sample, ms since the epoch. */
  time: number;
  /** What the detector remembered before the sample, and remembers now. */
  before: Float32Array | undefined;
  state: Float32Array | undefined;
  expected: number;
  spread: number;
  /** The harmful scores of the newest sample alone and of the one before: one odd sample alone is no anomaly. */
  newest: number;
  previous: number;
  /** When it was last heard of, ms since the epoch. */
  seen: number;
  /** One sample a minute of a saturation metric, oldest first, for its slope. */
  recent: readonly { readonly time: number; readonly value: number }[];
}

/** An hour of a saturation metric, a sample a minute: the slope of seconds is noise. */
const recentSamples = 60;
const recentMs = 60_000;

/** What a track begins with: a name, and where it was followed before, the memory and score of then. */
export interface TrackStart {
  readonly series: string;
  readonly metric: string;
  readonly about: string;
  readonly state?: Float32Array | undefined;
  readonly newest?: number;
}

/** A series that is seen for the first time. */
export const newTrack = ({ series, metric, labels }: Sample): Track =>
  trackFrom({ series, metric, about: aboutOf(labels) });

/** A track before its first step here. */
export function trackFrom({ series, metric, about, state, newest = 0 }: TrackStart): Track {
  const unknown = Number.NaN;
  return {
    series,
    metric,
    meaning: meaningOf(metric),
    about,
    steps: 0,
    value: unknown,
    time: unknown,
    before: undefined,
    state,
    expected: unknown,
    spread: unknown,
    newest,
    previous: 0,
    seen: unknown,
    recent: [],
  };
}

/** Moves the track on by a scored sample. */
export function take(track: Track, { value, time }: Pick<AnomalyInput, "value" | "time">, result: AnomalyResult): void {
  track.steps += 1;
  track.value = value;
  track.time = time;
  track.seen = time;
  track.before = track.state;
  track.state = result.state;
  track.expected = result.expected;
  track.spread = result.spread;
  track.previous = track.newest;
  track.newest = isHarmful(track.meaning, value, result.expected) ? result.score : 0;
  if (track.meaning.kind === "saturation") track.recent = recentAfter(track.recent, time, value);
}

function recentAfter(recent: Track["recent"], time: number, value: number): Track["recent"] {
  const last = recent.at(-1);
  if (last !== undefined && time - last.time < recentMs) return recent;
  return [...recent.slice(1 - recentSamples), { time, value }];
}

/** How anomalous the series is: both of its last two samples are at least so odd, on the bad side. */
export function sustained({ steps, newest, previous }: Pick<Track, "steps" | "newest" | "previous">): number {
  return steps === 0 ? 0 : Math.min(newest, previous);
}

/** The label that names the thing best. */
function aboutOf(labels: Readonly<Record<string, string>>): string {
  const named = ["resource", "pod", "id", "persistentvolumeclaim", "node", "instance", "name"]
    .map((label) => labels[label])
    .find((text) => text !== undefined && text !== "");
  const type = labels["type"];
  return [named ?? "", type === undefined ? "" : `(${type})`].filter((part) => part !== "").join(" ");
}
