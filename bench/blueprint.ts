// The life of one Blueprint: what a pass costs that changes nothing, and what Dharma adds to the bare Pulumi CLI.
import { blueprints } from "../src/api/index.ts";
import { systemClock } from "../src/kube/index.ts";
import { appliesBench } from "./apply.ts";
import { tenComponents } from "./blueprints.ts";
import { untilReady } from "./built.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement } from "./measurement.ts";
import { type BenchPlane, namespace, startBenchPlane } from "./plane.ts";
import { childrenOf, cpuTimes, untilCalm } from "./process-facts.ts";
import { sumOf } from "./prometheus.ts";
import { startDharma } from "./sides.ts";

const passes = 200;

export async function blueprintBench(context: BenchContext): Promise<readonly Measurement[]> {
  await using plane = await startBenchPlane(context);
  return [...(await calmPasses(plane, context)), ...(await appliesBench(plane, context))];
}

/** Passes of a built Blueprint, caused by label changes, as the operator's own metrics time them. */
async function calmPasses(plane: BenchPlane, { signal, tell }: BenchContext): Promise<readonly Measurement[]> {
  const dharma = await startDharma(plane, "simulated", signal);
  try {
    tell("building a Blueprint");
    const key = { namespace, name: "built" };
    await plane.kube.apply(blueprints, tenComponents(key), { fieldManager: "bench", signal });
    await untilReady(plane.kube, key, dharma, signal);
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
    const before = { ...(await passTimes(dharma.metricsUrl, signal)), cpu: await cpuTimes(dharma.pid) };
    tell(`${passes} passes that change nothing`);
    for (let pass = 1; pass <= passes; pass++) {
      const body = { metadata: { labels: { pass: `${pass}` } } };
      await plane.kube.patch(blueprints, key, { kind: "merge", body }, { signal });
      await systemClock.sleep(20, signal);
      if (pass % 20 === 0 && (await childrenOf(dharma.pid)).length > 0) throw startedOne();
    }
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
    const after = { ...(await passTimes(dharma.metricsUrl, signal)), cpu: await cpuTimes(dharma.pid) };
    // A worker takes half a second of CPU at least, and is waited for.
    if (after.cpu.children !== before.cpu.children) throw startedOne();
    const count = after.count - before.count;
    if (count < passes / 2) throw new Error(`only ${count} passes were made for ${passes} changes`);
    const data = `${count} passes of a built Blueprint of 10 components`;
    return [
      judged(
        {
          name: "blueprint",
          data,
          metric: "a pass that changes nothing, mean (no process started)",
          unit: "ms",
          value: ((after.seconds - before.seconds) * 1000) / count,
        },
        { kind: "atMost", value: 5 },
      ),
      judged({
        name: "blueprint",
        data,
        metric: "passes under 5 ms",
        unit: "%",
        value: ((after.quick - before.quick) * 100) / count,
      }),
    ];
  } finally {
    await dharma.stop();
  }
}

function startedOne(): Error {
  return new Error("a pass that changes nothing started a process");
}

async function passTimes(url: string, signal: AbortSignal) {
  const text = await fetch(url, { signal }).then((answer) => answer.text());
  const histogram = "controller_runtime_reconcile_time_seconds";
  const own = ({ controller }: Readonly<Record<string, string | undefined>>): boolean => controller === "blueprint";
  return {
    count: sumOf(text, `${histogram}_count`, own),
    seconds: sumOf(text, `${histogram}_sum`, own),
    quick: sumOf(text, `${histogram}_bucket`, (labels) => own(labels) && labels["le"] === "0.005"),
  };
}
