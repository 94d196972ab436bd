// A guard with a wide margin, so that a queue that walks all its keys is noticed in CI; `npm run bench -- queue` measures.
import { expect, test } from "vitest";
import { systemClock } from "../kube/index.ts";
import { WorkQueue } from "./queue.ts";

/** Milliseconds of CPU, which a busy machine does not stretch as it does wall time. */
async function cpuMs(keys: number): Promise<number> {
  const { signal } = new AbortController();
  const before = process.cpuUsage();
  const queue = new WorkQueue({ clock: systemClock });
  for (let key = 0; key < keys; key++) queue.add(`namespace/blueprint-${key}`);
  for (let taken = 0; taken < keys; taken++) {
    const work = await queue.take(signal);
    if (work === undefined) throw new Error("the queue ran dry");
    queue.succeeded(work);
  }
  queue.close();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test("work on a key costs the same among a hundred thousand keys as among ten thousand", async () => {
  await cpuMs(10_000);
  const few = Math.min(await cpuMs(10_000), await cpuMs(10_000)) / 10_000;
  const many = (await cpuMs(100_000)) / 100_000;
  // A queue that walked all its keys would be ten times slower.
  expect(many).toBeLessThan(Math.max(few * 5, 0.02));
});
