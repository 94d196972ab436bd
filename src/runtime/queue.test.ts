import { describe, expect, test } from "vitest";
import { backoffMs, itemBackoff } from "./backoff.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import type { Work } from "./queue-state.ts";
import { WorkQueue } from "./queue.ts";

function started() {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  const stop = new AbortController();
  const running = queue.run(stop.signal);
  return {
    clock,
    queue,
    stop,
    signal: stop.signal,
    end: async () => {
      stop.abort();
      queue.close();
      await running;
    },
  };
}

async function takeNow(queue: WorkQueue, signal: AbortSignal): Promise<Work | undefined> {
  const give = new AbortController();
  const taken = queue.take(AbortSignal.any([signal, give.signal]));
  await settled();
  give.abort();
  return taken;
}

describe("the backoff", () => {
  test("doubles from 5 ms to 1000 s and stays there", () => {
    expect([1, 2, 3, 10, 18, 19, 1000].map((n) => backoffMs(itemBackoff, n))).toEqual([
      5, 10, 20, 2560, 655_360, 1_000_000, 1_000_000,
    ]);
  });

  test("delays a failed key, and a success forgets the failures", async () => {
    const { clock, queue, signal, end } = started();
    queue.add("a");
    for (const wait of [5, 10, 20]) {
      const work = await takeNow(queue, signal);
      if (!work) throw new Error("nothing to do");
      queue.failed(work);
      await clock.advance(wait - 1);
      expect(queue.depth).toBe(0);
      await clock.advance(1);
      expect(queue.depth).toBe(1);
    }
    const work = await takeNow(queue, signal);
    expect(work?.failures).toBe(3);
    if (work) queue.succeeded(work);
    expect(queue.size).toBe(0);
    await end();
  });
});

test("workers waiting for work get one key each", async () => {
  const { queue, signal, end } = started();
  const takes = [queue.take(signal), queue.take(signal), queue.take(signal)];
  await settled();
  queue.add("a");
  queue.add("b");
  await settled();
  queue.add("c");
  expect((await Promise.all(takes)).map((work) => work?.key)).toEqual(["a", "b", "c"]);
  await end();
});

test("a key added while worked on is handed out after it is done, and not before", async () => {
  const { queue, signal, end } = started();
  queue.add("a");
  const work = await queue.take(signal);
  queue.add("a");
  queue.add("a");
  expect(await takeNow(queue, signal)).toBeUndefined();
  if (work) queue.succeeded(work);
  const second = await takeNow(queue, signal);
  expect(second?.key).toBe("a");
  if (second) queue.succeeded(second);
  expect(queue.size).toBe(0);
  await end();
});

test("an earlier delay is served although the timer was set for a later one", async () => {
  const { clock, queue, end } = started();
  queue.add("late", { afterMs: 10_000 });
  await settled();
  queue.add("early", { afterMs: 10 });
  await clock.advance(10);
  expect(queue.depth).toBe(1);
  await end();
});

test("after the end, workers are sent home and nothing is taken in", async () => {
  const { queue, signal, end } = started();
  const take = queue.take(signal);
  await settled();
  await end();
  expect(await take).toBeUndefined();
  queue.add("a");
  expect(queue.depth).toBe(0);
});

test("durations are told in seconds from ready to taken to finished", async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const queue = new WorkQueue({
    clock,
    observer: {
      added: () => told.push("added"),
      retried: () => told.push("retried"),
      taken: (seconds) => told.push(`taken ${seconds}`),
      finished: (seconds) => told.push(`finished ${seconds}`),
    },
  });
  queue.add("a");
  queue.add("a");
  await clock.advance(2000);
  const work = await queue.take(AbortSignal.timeout(1000));
  await clock.advance(3000);
  if (work) queue.failed(work);
  expect(told).toEqual(["added", "taken 2", "finished 3", "retried"]);
});
