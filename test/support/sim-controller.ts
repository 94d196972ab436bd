// One controller of ConfigMaps over the simulated API server and virtual time, with everything it does in view.
import { Registry } from "prom-client";
import { expect } from "vitest";
import { configMaps, type KubeObject } from "../../src/api/index.ts";
import { createController } from "../../src/runtime/controller.ts";
import {
  called,
  createChannel,
  createInformers,
  createMetrics,
  type EventNote,
  ManualClock,
  mapped,
  owned,
  ownsEverything,
  type Ownership,
  type Reconcile,
  silentLogger,
} from "../../src/runtime/index.ts";
import { restless } from "../../src/runtime/pace.ts";
import { seededRandom } from "./seeded-random.ts";
import { createSimServer } from "./sim-server.ts";

export interface SimControllerSetting {
  readonly reconcile: Reconcile<KubeObject, { readonly color: string }>;
  readonly ownership?: Ownership;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
}

/** Starts it; `end` stops it and checks that nothing sleeps on. */
export async function startSimController({
  reconcile,
  ownership = ownsEverything,
  timeoutMs = 10_000,
  concurrency = 2,
}: SimControllerSetting) {
  const clock = new ManualClock();
  const server = createSimServer({ clock, random: seededRandom(7), latencyMs: 0 });
  const life = new AbortController();
  const intake = new AbortController();
  const abort = new AbortController();
  const { kube } = server;
  const informers = createInformers({
    kube,
    clock,
    random: () => 0.5,
    signal: life.signal,
    pace: () => restless,
    report: () => {},
  });
  const cache = informers.informer(configMaps, { signal: life.signal, labelSelector: "mine=yes" });
  const others = informers.informer(configMaps, { signal: life.signal, labelSelector: "mine=no" });
  const registry = new Registry();
  const notes: EventNote[] = [];
  const channel = createChannel();
  const gone: string[] = [];
  const controller = createController(
    {
      name: "test",
      cache,
      reconcile,
      deps: { color: "blue" },
      concurrency,
      timeoutMs,
      onGone: (object) => gone.push(object.metadata.name),
      triggers: [
        called("calls", channel),
        owned(others, { group: "", kind: "ConfigMap", namespaced: true }),
        mapped("label", others, (other) => {
          const name = other.metadata.labels?.["about"];
          return name === undefined ? [] : [{ namespace: "ns", name }];
        }),
      ],
    },
    {
      kube,
      clock,
      random: () => 0.5,
      log: silentLogger,
      events: { record: (_, note) => notes.push(note), flush: () => Promise.resolve() },
      metrics: createMetrics(registry),
      ownership,
      findCache: () => cache,
    },
  );
  await clock.advance(1000);
  const running = controller.run(intake.signal, abort.signal);
  const put = (name: string, more: Partial<KubeObject["metadata"]> = {}, fields: object = {}) => {
    const held = server.storage.get("/configmaps", `ns/${name}`);
    const metadata = { uid: `uid-${name}`, labels: { mine: "yes" }, ...held?.metadata, ...more, name, namespace: "ns" };
    server.storage.write("/configmaps", `ns/${name}`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      ...held,
      ...fields,
      metadata,
    });
  };
  return {
    clock,
    server,
    controller,
    channel,
    notes,
    gone,
    put,
    remove: (name: string) => server.storage.write("/configmaps", `ns/${name}`, undefined),
    metric: async (name: string) => {
      const line = (await registry.metrics()).split("\n").find((each) => each.startsWith(name));
      return line === undefined ? undefined : Number(line.split(" ").at(-1));
    },
    intake,
    abort,
    running,
    end: async () => {
      intake.abort(new Error("over"));
      abort.abort(new Error("over"));
      await clock.advance(20_000);
      await running;
      life.abort(new Error("over"));
      await informers.closed;
      expect(clock.nextWake, "nothing sleeps on").toBeUndefined();
    },
  };
}
