// Dharma's informer alone in a process: syncs Blueprints, prints one JSON line as the peer does, and ends.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { blueprints } from "../src/api/index.ts";
import { createKube, systemClock } from "../src/kube/index.ts";
import { createInformers } from "../src/runtime/index.ts";

const stop = new AbortController();
const { signal } = stop;
const kube = await createKube(
  { kubeconfig: { path: process.argv[2] ?? "" }, clock: systemClock, random: Math.random },
  signal,
);
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
collect();
const before = process.memoryUsage().heapUsed;
const began = performance.now();
const informers = createInformers({
  kube,
  clock: systemClock,
  random: Math.random,
  signal,
  report: (what, error) => console.error(what, error),
});
const informer = informers.informer(blueprints, { signal });
await informer.synced(signal);
const seconds = (performance.now() - began) / 1000;
collect();
const heapBytes = process.memoryUsage().heapUsed - before;
console.log(JSON.stringify({ objects: informer.list().length, seconds, heapBytes }));
stop.abort(new Error("measured"));
await informers.closed.catch(() => undefined);
await kube.close();
