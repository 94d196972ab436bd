// Prints what a Blueprint takes in the store and in a plain Map, as JSON; run with --expose-gc and the number of objects.
import { heapPerObject } from "../src/runtime/fixtures/store-memory.ts";

const liveBytes = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

console.log(JSON.stringify(await heapPerObject(Number(process.argv[2]), liveBytes)));
