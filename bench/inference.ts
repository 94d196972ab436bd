// The health loop at size: everything scored in one cycle, how long it takes, what it holds, and what it would write.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchContext } from "./context.ts";
import { illCycles, metrics, type Run } from "./inference-process.ts";
import { judged, type Measurement } from "./measurement.ts";

const execute = promisify(execFile);

type Tell = "judged" | "told";

/** 10,000 objects, and ten times as many: the time of a cycle has to grow with the number of objects and no faster. */
export async function inferenceBench(context: BenchContext): Promise<readonly Measurement[]> {
  const small = await measured(context.objects, context);
  const large = await measured(context.objects * 10, context);
  const growth = large.seconds / small.seconds / 10;
  return [
    ...figures(context.objects, small, "judged"),
    ...figures(context.objects * 10, large, "told"),
    judged(
      {
        name: "inference",
        data: `${context.objects * 10} beside ${context.objects} objects`,
        metric: "growth of the cycle time over growth in size",
        unit: "1",
        value: growth,
      },
      { kind: "atMost", value: 1.25 },
    ),
  ];
}

/** In a process of its own, with the flags of the operator's image. */
async function measured(size: number, { signal, tell }: BenchContext): Promise<Run> {
  tell(`${size} objects with ${metrics.length} series each`);
  const { stdout } = await execute(
    process.execPath,
    ["--max-semi-space-size=4", join(import.meta.dirname, "inference-process.ts"), `${size}`],
    { signal },
  );
  return JSON.parse(stdout) as Run;
}

function figures(size: number, run: Run, tell: Tell): readonly Measurement[] {
  const data = `${size} objects, ${size * metrics.length} series, all live models`;
  const figure = (metric: string, value: number, unit: string) => ({ name: "inference", data, metric, value, unit });
  const atMost = (value: number) => (tell === "judged" ? ({ kind: "atMost", value } as const) : undefined);
  return [
    judged(figure("wall time of a cycle, median", run.seconds, "s"), atMost(10)),
    judged(figure("time of a batch, p99, slowest model, at most", run.batchMs, "ms"), atMost(5)),
    judged(figure("resident memory", run.residentMiB, "MiB"), atMost(600)),
    judged(figure("writes of a cycle in which nothing moved, at most", run.quietWrites, "writes"), atMost(0)),
    judged(
      {
        ...figure(`writes when ${run.ill} fell ill, three cycles`, run.illWrites, "writes"),
        baseline: size * illCycles,
      },
      atMost(2 * run.ill),
    ),
    judged(figure("longest hold of the event loop, processor time", run.heldMs, "ms")),
  ];
}
