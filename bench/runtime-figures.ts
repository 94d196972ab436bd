// What the rounds of the runtime's measurement say, as figures beside the peer's and with what they have to reach.
import { type Goal, judged, type Measurement, median } from "./measurement.ts";
import type { Load } from "./peer.ts";

/** What is measured beside the start: a steady load, a drain, or both. */
export type RuntimePart = "runtime" | "drain";

export interface Sides<T> {
  readonly dharma: T;
  readonly peer: T;
}

/** Of one round, by kind; absent where it was not offered. */
export interface Loads {
  readonly steady?: Load;
  readonly calm?: Load;
  readonly saturated?: Load;
  readonly drain?: Load;
}

export interface Round {
  readonly cacheSeconds: number;
  readonly startSeconds: number;
  readonly residentBytes: number;
  readonly loads: Loads;
}

export interface RuntimeRounds {
  readonly objects: number;
  readonly parts: ReadonlySet<RuntimePart>;
  /** With an API server that checks nothing, as the yardstick's. */
  readonly measured: Sides<readonly Round[]>;
  /** With the real schema. */
  readonly checked: Sides<readonly Round[]>;
  /** Bytes. */
  readonly heapPerObject: Sides<number>;
  readonly offers: Readonly<Record<keyof Loads, { readonly rate: number; readonly changes: number }>>;
}

const noWorse: Goal = { kind: "timesPeer", factor: 1 };
const atMostHalfMore: Goal = { kind: "timesPeer", factor: 1.5 };

export function runtimeFigures(rounds: RuntimeRounds): readonly Measurement[] {
  const { objects, parts, measured, checked, heapPerObject, offers } = rounds;
  const data = `${objects} paused Blueprints`;
  const open = figures("runtime", `${data}, schemaless CRD`, measured);
  const real = figures("runtime", `${data}, real CRD`, checked);
  const drain = figures("drain", `${data}, schemaless CRD`, measured);
  const heap = judged(
    {
      name: "runtime",
      data,
      metric: "heap an object",
      unit: "KiB",
      value: heapPerObject.dharma / 1024,
      peer: heapPerObject.peer / 1024,
    },
    { kind: "atMost", value: 5 },
  );
  const start = [
    open("initial sync of the cache", "s", (round) => round.cacheSeconds, noWorse),
    open("process start until synced and ready", "s", (round) => round.startSeconds),
    open("RSS at rest", "MiB", (round) => round.residentBytes / 2 ** 20, atMostHalfMore),
    heap,
  ];
  const all = [
    ...(parts.has("runtime") ? start : []),
    ...(parts.has("runtime") ? underLoad(open, "steady", `at ${offers.steady.rate} changes/s`, noWorse) : []),
    ...(parts.has("runtime") ? underLoad(real, "calm", `at ${offers.calm.rate} changes/s`, noWorse) : []),
    // Only shown: what waits here waits for the API server.
    ...(parts.has("runtime") ? underLoad(real, "saturated", `at ${offers.saturated.rate} changes/s`, undefined) : []),
    ...(parts.has("drain") ? drained(drain, offers.drain) : []),
  ];
  return all.filter(({ value, peer }) => !Number.isNaN(value) && !Number.isNaN(peer)); // without those of void loads
}

type OneFigure = (metric: string, unit: string, pick: (round: Round) => number, goal?: Goal) => Measurement;

function underLoad(figure: OneFigure, kind: keyof Loads, at: string, goal: Goal | undefined): readonly Measurement[] {
  return [
    figure(
      `latency p50 ${at}`,
      "ms",
      ofLoad(kind, (load) => load.p50Ms),
      goal,
    ),
    figure(
      `latency p99 ${at}`,
      "ms",
      ofLoad(kind, (load) => load.p99Ms),
      goal,
    ),
    figure(`CPU a change ${at}`, "ms", ofLoad(kind, cpuMs), goal === undefined ? undefined : atMostHalfMore),
  ];
}

function drained(figure: OneFigure, { rate, changes }: { rate: number; changes: number }): readonly Measurement[] {
  return [
    figure(
      `${changes} changes offered at ${rate}/s, all observed`,
      "s",
      ofLoad("drain", (load) => load.seconds),
      noWorse,
    ),
    figure("CPU a change while draining", "ms", ofLoad("drain", cpuMs), atMostHalfMore),
  ];
}

function ofLoad(kind: keyof Loads, pick: (load: Load) => number): (round: Round) => number {
  return ({ loads }) => {
    const load = loads[kind];
    return load === undefined ? Number.NaN : pick(load);
  };
}

function cpuMs({ cpuSeconds, changes }: Load): number {
  return (cpuSeconds * 1000) / changes;
}

function figures(name: RuntimePart, data: string, { dharma, peer }: Sides<readonly Round[]>): OneFigure {
  return (metric, unit, pick, goal) =>
    judged({ name, data, metric, unit, value: medianOf(dharma, pick), peer: medianOf(peer, pick) }, goal);
}

function medianOf(rounds: readonly Round[], pick: (round: Round) => number): number {
  return median(rounds.map(pick).filter((value) => !Number.isNaN(value)));
}
