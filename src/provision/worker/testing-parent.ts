// A pool in a process of its own, for tests that kill it: reads a job from stdin, prints the worker's pid.
import { createInterface } from "node:readline";
import { systemClock } from "../../kube/clock.ts";
import type { OperationJob } from "./job.ts";
import { createWorkerPool } from "./pool.ts";

const [cli = "", folder = ""] = process.argv.slice(2);
const pool = createWorkerPool({ size: 1, clock: systemClock, cli, folder, graceMs: 1_000 });
for await (const line of createInterface({ input: process.stdin })) {
  const job: OperationJob = JSON.parse(line);
  await pool.runOperation(job, {
    signal: new AbortController().signal,
    onEvent: (event) => {
      if (event.kind === "started") process.stdout.write(`${event.pid}\n`);
    },
  });
}
