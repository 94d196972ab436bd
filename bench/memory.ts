// Heap of Blueprints in the informer's store, beside the same objects just parsed and kept in a Map.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HeapPerObject } from "../src/runtime/fixtures/store-memory.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement } from "./measurement.ts";

const run = promisify(execFile);

export async function memoryBench({ objects, signal, tell }: BenchContext): Promise<readonly Measurement[]> {
  tell(`${objects} Blueprints in a store`);
  const { stdout } = await run(
    process.execPath,
    ["--expose-gc", join(import.meta.dirname, "memory-process.ts"), `${objects}`],
    { signal },
  );
  const { store, map, json } = JSON.parse(stdout) as HeapPerObject;
  return [
    judged(
      {
        name: "memory",
        data: `${objects} Blueprints of ${(json / 1000).toFixed(1)} KB`,
        metric: "heap an object in the store",
        unit: "KiB",
        value: store / 1024,
        baseline: map / 1024,
      },
      { kind: "atMost", value: 5 },
    ),
  ];
}
