// Health of every resource as Prometheus text; a health fault makes it worse.
import type { FaultBoard } from "../faults.ts";
import { numberBelow } from "../ids.ts";
import { blueprintOf, type CloudResource, type CloudStore } from "../store.ts";
import type { Clock } from "../../../kube/clock.ts";

interface Sample {
  readonly name: string;
  readonly help: string;
  readonly of: (level: number, noise: number) => number;
}

/** `level` 1 is well, 0 is dead; `noise` is 0 to 1, steady within a minute. */
const samples: readonly Sample[] = [
  { name: "dharma_simulated_resource_up", help: "1 while the resource answers", of: (level) => (level > 0 ? 1 : 0) },
  {
    name: "dharma_simulated_resource_error_ratio",
    help: "failed requests of all requests",
    of: (level, noise) => Math.min(1, 0.001 + 0.004 * noise + 0.5 * (1 - level)),
  },
  {
    name: "dharma_simulated_resource_latency_seconds",
    help: "median latency",
    of: (level, noise) => (0.02 + 0.01 * noise) / Math.max(0.05, level),
  },
  {
    name: "dharma_simulated_resource_utilization_ratio",
    help: "load of capacity",
    of: (level, noise) => Math.min(1, 0.3 + 0.1 * noise + 0.6 * (1 - level)),
  },
];

export function metricsText(parts: {
  readonly store: CloudStore;
  readonly faults: FaultBoard;
  readonly clock: Clock;
}): string {
  const minute = Math.floor(parts.clock.now() / 60_000);
  const resources = parts.store.all().toArray();
  return samples
    .map(({ name, help, of }) => {
      const lines = resources.map((one) => {
        const level = parts.faults.healthOf({ type: one.type, id: one.id, region: one.region }) ?? 1;
        const noise = numberBelow(1000, `${name} ${one.serial} ${minute}`) / 1000;
        return `${name}{${labels(one)}} ${of(level, noise)}`;
      });
      return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join("\n");
    })
    .join("\n")
    .concat("\n");
}

function labels(one: CloudResource): string {
  const entries = {
    type: one.type,
    id: one.id,
    region: one.region,
    account: one.account,
    blueprint: blueprintOf(one) ?? "",
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`)
    .join(",");
}
