// Health of every resource as Prometheus text: gauges and counters that follow its load, and get worse by health faults.
import type { Clock } from "../../../kube/clock.ts";
import type { FaultBoard } from "../faults.ts";
import type { CloudResource, CloudStore } from "../store.ts";
import { levelOf } from "./metrics-health.ts";
import { labelText } from "./metrics-labels.ts";
import { type Load, loadOf } from "./metrics-load.ts";
import type { Counts, Meters } from "./metrics-meters.ts";

interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly of: (load: Load, counts: Counts) => number;
}

const families: readonly Family[] = [
  { name: "up", type: "gauge", help: "1 while the resource answers", of: ({ up }) => up },
  { name: "error_ratio", type: "gauge", help: "failed requests of all requests", of: ({ errorRatio }) => errorRatio },
  { name: "latency_seconds", type: "gauge", help: "median latency", of: ({ latencySeconds }) => latencySeconds },
  { name: "utilization_ratio", type: "gauge", help: "load of capacity", of: ({ utilization }) => utilization },
  { name: "requests_total", type: "counter", help: "requests since it was made", of: (_, { requests }) => requests },
  { name: "errors_total", type: "counter", help: "failed requests since it was made", of: (_, { errors }) => errors },
];

export interface MetricsParts {
  readonly store: CloudStore;
  readonly faults: FaultBoard;
  readonly clock: Clock;
  readonly meters: Meters;
}

/** The whole exposition. Counters move on by what has passed since the last one. */
export function metricsText(parts: MetricsParts): string {
  const now = parts.clock.now();
  const resources = parts.store.all().toArray();
  const faults = parts.faults.list().filter(({ kind }) => kind === "health");
  const rows = resources.map((one) => {
    const load = loadOf(one, levelOf(one, faults) ?? 1, now);
    return { labels: labelText(one), load, counts: parts.meters.advance(one, load, now) };
  });
  parts.meters.forget(new Set(resources.map(serialOf)));
  return families
    .map(({ name, type, help, of }) => {
      const full = `dharma_simulated_resource_${name}`;
      const lines = rows.map(({ labels, load, counts }) => `${full}${labels} ${of(load, counts)}\n`);
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
    })
    .join("");
}

function serialOf({ serial }: CloudResource): number {
  return serial;
}
