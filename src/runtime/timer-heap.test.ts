import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Timer, TimerHeap } from "./timer-heap.ts";

test("timers come out in order of time, whatever was added and taken out", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1000), fc.boolean()), { maxLength: 300 }), (script) => {
      const heap = new TimerHeap();
      const kept: number[] = [];
      const all: Timer[] = [];
      for (const [at, removed] of script) {
        const timer = heap.add("k", at);
        if (removed && all.length > 0) {
          const victim = all.splice(at % all.length, 1)[0];
          if (victim) {
            heap.remove(victim);
            kept.splice(kept.indexOf(victim.at), 1);
          }
        }
        all.push(timer);
        kept.push(at);
      }
      const out: number[] = [];
      for (let first = heap.first; first; first = heap.first) {
        out.push(first.at);
        heap.remove(first);
        heap.remove(first);
      }
      expect(out).toEqual(kept.toSorted((a, b) => a - b));
      expect(heap.size).toBe(0);
    }),
  );
});
