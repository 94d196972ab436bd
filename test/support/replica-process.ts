// A process with one replica of a controller, for tests that kill it: it tells each begin and end of a pass on a line.
// Arguments: kubeconfig, namespace, label of its ConfigMaps, name of its leases.
import { randomUUID } from "node:crypto";
import { Registry } from "prom-client";
import { type ConfigMap, configMaps } from "../../src/api/index.ts";
import { createKube, systemClock } from "../../src/kube/index.ts";
import { createLogger, createManager, createMetrics, type Reconcile } from "../../src/runtime/index.ts";

const [path = "", namespace = "", label = "", name = ""] = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
const clock = systemClock;
const random = Math.random;
const kubeconfig = { path };
const kube = await createKube({ kubeconfig, clock, random }, new AbortController().signal);
const registry = new Registry();
const manager = createManager({
  kube,
  connection: { kubeconfig },
  clock,
  random,
  log: createLogger({ level: "warn" }),
  identity: `replica-${randomUUID()}`,
  registry,
  metrics: createMetrics(registry),
  holding: { kind: "leases", name, namespace, shards: 8 },
});
/** Monotonic for all processes of the machine. */
const now = (): number => Number(process.hrtime.bigint() / 1000n);
const tell = (what: string, object: ConfigMap): void => {
  process.stdout.write(`${now()} ${what} ${object.metadata.name} ${object.data?.["turn"]}\n`);
};
const reconcile: Reconcile<ConfigMap> = async (object, ctx) => {
  const turn = object.data?.["turn"] ?? "";
  if (object.metadata.annotations?.["done"] === turn) return {};
  tell("begin", object);
  await ctx.clock.sleep(20 + ctx.random() * 200, ctx.signal);
  const body = { metadata: { annotations: { done: turn } } };
  await ctx.kube.patch(configMaps, ctx.key, { kind: "merge", body }, { signal: ctx.signal });
  tell("end", object);
  return {};
};
const cache = manager.cache(configMaps, { namespace, labelSelector: `test=${label}` });
manager.controller({ name: "replica", cache, reconcile, deps: {} });
await manager.run(stop.signal);
await kube.close();
