// A guard with a wide margin, so that a leak of fields into the cache is noticed in CI; `npm run bench -- memory` measures.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { heapPerObject } from "./fixtures/store-memory.ts";

const targetBytes = 5 * 1024;

test("ten thousand Blueprints in a store take less than twice the heap they should", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const liveBytes = (): number => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const { store, map } = await heapPerObject(10_000, liveBytes);
  expect(store).toBeGreaterThan(500); // less than the strings alone: the measurement is broken
  expect(store).toBeLessThan(2 * targetBytes);
  expect(store).toBeLessThan(map);
});
