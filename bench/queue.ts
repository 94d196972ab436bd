// The work queue: keys added and taken a second, beside the least a deduplicating queue could be.
import { systemClock } from "../src/kube/index.ts";
import { WorkQueue } from "../src/runtime/index.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement, median } from "./measurement.ts";

const keys = 10_000;
const passes = 20;

/** A list and a Set: no priorities, no backoff, no delays, no key in work. */
function plainQueue() {
  const waiting = new Set<string>();
  const order: string[] = [];
  let next = 0;
  return {
    add: (key: string): void => {
      if (waiting.has(key)) return;
      waiting.add(key);
      order.push(key);
    },
    take: (): Promise<string | undefined> => {
      const key = order[next];
      next += 1;
      if (key !== undefined) waiting.delete(key);
      return Promise.resolve(key);
    },
  };
}

export async function queueBench({ rounds, signal, tell }: BenchContext): Promise<readonly Measurement[]> {
  tell(`${keys} keys, ${passes} passes`);
  const names = Array.from({ length: keys }, (_, index) => `namespace-${index % 50}/blueprint-${index}`);
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < Math.max(3, rounds); round++) {
    plain.push(
      await perSecond(async () => {
        const queue = plainQueue();
        for (const name of names) queue.add(name);
        for (let taken = 0; taken < names.length; taken++) await queue.take();
      }),
    );
    ours.push(
      await perSecond(async () => {
        const queue = new WorkQueue({ clock: systemClock });
        for (const name of names) queue.add(name);
        for (let taken = 0; taken < names.length; taken++) {
          const work = await queue.take(signal);
          if (work === undefined) throw new Error("the queue ran dry");
          queue.succeeded(work);
        }
        queue.close();
      }),
    );
  }
  return [
    judged({
      name: "queue",
      data: `${keys} keys`,
      metric: "added, taken and finished",
      unit: "keys/s",
      value: median(ours),
      baseline: median(plain),
    }),
  ];
}

async function perSecond(pass: () => Promise<void>): Promise<number> {
  await pass(); // so that the compiler has seen it
  const began = performance.now();
  for (let count = 0; count < passes; count++) await pass();
  return (keys * passes * 1000) / (performance.now() - began);
}
