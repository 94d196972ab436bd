// One series on its way through the cycles: what the detector remembers of it, and how it stands.
import type { AnomalyResult } from "../models/anomaly-detector.ts";
import type { Sample } from "../../signals/index.ts";
import { isHarmful, type MetricMeaning, meaningOf } from "./metric-kinds.ts";

/** What one step was computed from and gave; enough to compute it again. Flat: there are tens of thousands a cycle. */
export interface Step {
  readonly value: number;
  /** ms since the epoch. */
  readonly time: number;
  /** What the detector remembered before the sample. */
  readonly before: Float32Array | undefined;
  readonly expected: number;
  readonly spread: number;
  /** The harmful score of the sample before: one odd sample alone is no anomaly. */
  readonly previous: number;
}

/** A series of a subject. */
export interface Track {
  readonly series: string;
  readonly metric: string;
  readonly meaning: MetricMeaning;
  /** What the series is about, for a person: the name or id of a resource. */
  readonly about: string;
  readonly state: Float32Array | undefined;
  /** The harmful score of the newest sample alone. */
  readonly newest: number;
  /** Absent until the first sample was scored. */
  readonly step: Step | undefined;
  /** When it was last heard of, ms since the epoch. */
  readonly seen: number;
  /** One sample a minute of a saturation metric, oldest first, for its slope. */
  readonly recent: readonly { readonly time: number; readonly value: number }[];
}

/** An hour of a saturation metric, a sample a minute: the slope of seconds is noise. */
const recentSamples = 60;
const recentMs = 60_000;

/** A series that is seen for the first time. */
export function newTrack({ series, metric, labels, time }: Sample): Track {
  const meaning = meaningOf(metric);
  const nothing = { state: undefined, newest: 0, step: undefined, recent: [] };
  return { series, metric, meaning, about: aboutOf(labels), seen: time, ...nothing };
}

/** The track after a sample was scored. */
export function stepped(track: Track, { value, time }: Sample, result: AnomalyResult): Track {
  const { score, expected, spread, state } = result;
  return {
    ...track,
    state,
    newest: isHarmful(track.meaning, value, expected) ? score : 0,
    step: { value, time, before: track.state, expected, spread, previous: track.newest },
    seen: time,
    recent: recentAfter(track, time, value),
  };
}

function recentAfter({ meaning, recent }: Track, time: number, value: number): Track["recent"] {
  if (meaning.kind !== "saturation") return recent;
  const last = recent.at(-1);
  if (last !== undefined && time - last.time < recentMs) return recent;
  return [...recent.slice(1 - recentSamples), { time, value }];
}

/** How anomalous the series is: both of its last two samples are at least so odd, on the bad side. */
export function sustained({ newest, step }: Pick<Track, "newest" | "step">): number {
  return step === undefined ? 0 : Math.min(newest, step.previous);
}

/** The label that names the thing best. */
function aboutOf(labels: Readonly<Record<string, string>>): string {
  const named = ["resource", "pod", "id", "persistentvolumeclaim", "node", "instance", "name"]
    .map((label) => labels[label])
    .find((text) => text !== undefined && text !== "");
  const type = labels["type"];
  return [named ?? "", type === undefined ? "" : `(${type})`].filter((part) => part !== "").join(" ");
}
