import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueueState, type Work } from "./queue-state.ts";
import type { Priority } from "./ready-list.ts";

const keys = fc.constantFrom("a", "b", "c", "d");
const priorities = fc.constantFrom<Priority[]>("low", "normal", "high");
const commands = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("add" as const), key: keys, priority: priorities }),
    fc.record({ do: fc.constant("addAt" as const), key: keys, after: fc.nat(50) }),
    fc.record({ do: fc.constant("take" as const) }),
    fc.record({ do: fc.constant("succeed" as const), which: fc.nat(3), wake: fc.option(fc.nat(50)) }),
    fc.record({ do: fc.constant("fail" as const), which: fc.nat(3), after: fc.nat(50) }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.nat(60) }),
  ),
  { maxLength: 200 },
);

test("no key is ever active twice, and every request is followed by an attempt that began after it", () => {
  fc.assert(
    fc.property(commands, (script) => {
      const queue = new QueueState();
      const held: Work[] = [];
      const owed = new Set<string>(); // keys asked for and not taken since
      let now = 0;
      const take = () => {
        const work = queue.take(now);
        if (!work) return false;
        expect(held.some((other) => other.key === work.key)).toBe(false);
        held.push(work);
        owed.delete(work.key);
        return true;
      };
      for (const step of script) {
        if (step.do === "add") {
          queue.add(step.key, step.priority, now);
          owed.add(step.key);
        } else if (step.do === "addAt") {
          queue.addAt(step.key, now + step.after);
        } else if (step.do === "take") {
          take();
        } else if (step.do === "pass") {
          now += step.ms;
          queue.advance(now);
        } else {
          const [work] = held.splice(step.which % Math.max(held.length, 1), 1);
          if (!work) continue;
          if (step.do === "fail") queue.failed(work, now + step.after);
          else queue.succeeded(work, step.wake === null ? undefined : now + step.wake);
        }
      }
      for (const work of held.splice(0)) queue.succeeded(work);
      now += 1000;
      queue.advance(now);
      while (take()) {
        for (const work of held.splice(0)) queue.succeeded(work);
      }
      expect([...owed]).toEqual([]);
      expect(queue.size).toBe(0);
      expect(queue.depth).toBe(0);
      expect(queue.nextDue).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

describe("priorities", () => {
  test("higher goes first, first come first served within one", () => {
    const queue = new QueueState();
    queue.add("low", "low", 0);
    queue.add("n1", "normal", 0);
    queue.add("n2", "normal", 0);
    queue.add("high", "high", 0);
    expect([1, 2, 3, 4].map(() => queue.take(1)?.key)).toEqual(["high", "n1", "n2", "low"]);
  });

  test("a queued key that is added again higher moves up and is handed out once", () => {
    const queue = new QueueState();
    queue.add("first", "low", 0);
    queue.add("second", "low", 0);
    queue.add("second", "high", 0);
    expect(queue.depth).toBe(2);
    expect([1, 2, 3].map(() => queue.take(1)?.key)).toEqual(["second", "first", undefined]);
  });

  test("a queued key that is added again lower keeps its place", () => {
    const queue = new QueueState();
    queue.add("a", "high", 0);
    queue.add("a", "low", 0);
    expect(queue.take(1)?.priority).toBe("high");
  });
});

describe("delays", () => {
  test("the earliest of several requests for one key counts, once", () => {
    const queue = new QueueState();
    queue.addAt("a", 100);
    queue.addAt("a", 50);
    queue.addAt("a", 200);
    expect(queue.advance(49)).toBe(0);
    expect(queue.advance(50)).toBe(1);
    expect(queue.advance(1000)).toBe(0);
  });

  test("a pass that comes sooner replaces the wake-up a former pass asked for, not what others asked for", () => {
    const queue = new QueueState();
    const finish = (wakeAt?: number) => {
      const work = queue.take(0);
      if (work) queue.succeeded(work, wakeAt);
    };
    queue.add("a", "normal", 0);
    finish(100);
    queue.addAt("a", 70);
    queue.add("a", "normal", 10);
    finish();
    expect(queue.nextDue).toBe(70);
    queue.advance(70);
    finish();
    expect(queue.size).toBe(0);
  });

  test("failures count until a success and are told with the work", () => {
    const queue = new QueueState();
    queue.add("a", "normal", 0);
    const seen: number[] = [];
    for (let now = 0; now < 3; now += 1) {
      queue.advance(now);
      const work = queue.take(now);
      if (!work) continue;
      seen.push(work.failures);
      queue.failed(work, now + 1);
    }
    expect(seen).toEqual([0, 1, 2]);
    queue.drop("a");
    expect(queue.size).toBe(0);
  });
});

test("finishing work one does not hold is a programming error", () => {
  const queue = new QueueState();
  queue.add("a", "normal", 0);
  const work = queue.take(0);
  if (!work) throw new Error("nothing to take");
  queue.succeeded(work);
  expect(() => queue.succeeded(work)).toThrow(/does not hold/);
});

test("50,000 keys that come and go leave nothing behind", () => {
  const queue = new QueueState();
  for (let i = 0; i < 50_000; i += 1) queue.add(`ns/${i}`, i % 2 ? "low" : "normal", 0);
  for (let work = queue.take(0); work; work = queue.take(0)) queue.succeeded(work, 36_000_000);
  expect(queue.size).toBe(50_000);
  for (let i = 0; i < 50_000; i += 1) queue.drop(`ns/${i}`);
  expect(queue.size).toBe(0);
  expect(queue.nextDue).toBeUndefined();
});
