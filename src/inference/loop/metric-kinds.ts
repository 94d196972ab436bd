// Which way of a metric is bad: a latency that falls is no trouble.

/** What a metric tells of a resource. */
export type MetricKind = "availability" | "errors" | "latency" | "saturation" | "traffic";

export interface MetricMeaning {
  readonly kind: MetricKind;
  /** Where trouble lies from what was expected. */
  readonly bad: "high" | "low" | "either";
}

const byEnding: readonly (readonly [RegExp, MetricMeaning])[] = [
  [/(^|_)(up|available|ready|healthy)(_ratio)?$/, { kind: "availability", bad: "low" }],
  [
    /(error|errors|failures|failed|rejected|throttled|dropped)(_ratio|_total|_rate|_per_second)?$/,
    { kind: "errors", bad: "high" },
  ],
  [/(latency|duration|response_time|wait|lag)(_seconds|_milliseconds|_ms)?(_p\d+)?$/, { kind: "latency", bad: "high" }],
  [
    /(utilization|utilisation|usage|saturation|pressure|used|fill)(_ratio|_percent|_cores)?$/,
    { kind: "saturation", bad: "high" },
  ],
  [/(^|_)(cpu_cores|memory_bytes)$/, { kind: "saturation", bad: "high" }],
  [/(queue|backlog|depth|pending|restarts)(_total|_length|_per_second)?$/, { kind: "saturation", bad: "high" }],
];

/** By the ending of its name, as Prometheus' naming rules have it; what has none of these ending is traffic. */
export function meaningOf(metric: string): MetricMeaning {
  const found = byEnding.find(([ending]) => ending.test(metric));
  return found?.[1] ?? { kind: "traffic", bad: "either" };
}

/** Whether a value strays from what was expected on the bad side. */
export function isHarmful({ bad }: MetricMeaning, value: number, expected: number): boolean {
  if (bad === "either") return true;
  return bad === "high" ? value > expected : value < expected;
}
