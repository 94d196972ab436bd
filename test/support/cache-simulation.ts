// The reflector and its store against a simulated API server: interleavings of writes, faults, compactions, restarts and
// losses of data, each from a seed that makes it again.
import { expect } from "vitest";

import { createSimServer } from "./sim-server.ts";
import { seededRandom } from "./seeded-random.ts";
import { configMaps } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/api/index.ts";
import type { Change, Informer } from "../../src/runtime/cache.ts";
import { createInformers } from "../../src/runtime/informers.ts";
import { ManualClock } from "../../src/runtime/manual-clock.ts";
import { restless } from "../../src/runtime/pace.ts";

/** Believes only what a subscriber is told, and objects to what can't be. */
class Mirror {
  readonly held = new Map<string, string>();
  readonly subscribe: (informer: Informer<KubeObject>, signal: AbortSignal) => void;
  told = 0;

  constructor() {
    this.subscribe = (informer, signal) => informer.subscribe((change) => this.apply(change), signal);
  }

  private apply(change: Change<KubeObject>): void {
    this.told += 1;
    const had = this.held.get(change.key);
    if (change.kind === "added") expect(had, `${change.key} added twice`).toBeUndefined();
    else expect(had, `${change.key} ${change.kind} but never added`).toBeDefined();
    if (change.kind === "deleted") this.held.delete(change.key);
    else this.held.set(change.key, identity(change.new));
  }
}

const identity = (object: KubeObject) => `${object.metadata.uid} ${object.metadata.resourceVersion}`;
const identities = (objects: ReadonlyMap<string, KubeObject>) =>
  new Map([...objects].map(([key, object]) => [key, identity(object)]));
const byParity = (object: KubeObject) => [String(Number(object.metadata.labels?.turn ?? 0) % 2)];

/** One run. Throws when the store, or what subscribers were told, is not what the server has at rest. */
async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly [T, ...T[]]): T => items[Math.floor(random() * items.length)] ?? items[0];
  const clock = new ManualClock();
  const server = createSimServer({ clock, random, faultChance: random() * 0.15, watchList: random() < 0.5 });
  const stop = new AbortController();
  const { signal } = stop;
  const reports: unknown[] = [];
  const informers = createInformers({
    kube: server.kube,
    clock,
    random,
    signal,
    pace: () => restless,
    report: (_, error) => reports.push(error),
  });
  const metadataOnly = random() < 0.3;
  const informer = informers.informer(configMaps, {
    signal,
    indexes: { parity: byParity },
    ...(metadataOnly && { metadataOnly }),
  });
  const narrow = informers.informer(configMaps, { signal, namespace: "a", labelSelector: "odd=yes" });
  const [first, late, narrowed] = [new Mirror(), new Mirror(), new Mirror()];
  first.subscribe(informer, signal);
  narrowed.subscribe(narrow, signal);
  const type = "/configmaps";
  const waits: Promise<void>[] = [];
  let wiped = false;

  const write = (turn: number) => {
    const namespace = random() < 0.5 ? "a" : "b";
    const name = `o${Math.floor(random() * 6)}`;
    const key = `${namespace}/${name}`;
    const held = server.storage.get(type, key);
    if (held !== undefined && random() < 0.35) return void server.storage.write(type, key, undefined);
    const odd: Record<string, string> = random() < 0.5 ? { odd: "yes" } : {};
    const metadata = {
      name,
      namespace,
      uid: held?.metadata.uid ?? `${seed}-${turn}`,
      labels: { turn: String(turn), ...odd },
    };
    const stored = server.storage.write(type, key, { apiVersion: "v1", kind: "ConfigMap", metadata });
    const version = stored?.metadata.resourceVersion ?? "";
    if (random() < 0.2 && !wiped) waits.push(readOwnWrite(informer, key, version, signal, () => wiped));
  };

  const turns = 20 + Math.floor(random() * 60);
  const lateTurn = Math.floor(random() * turns);
  for (let turn = 0; turn < turns; turn++) {
    const roll = random();
    if (roll < 0.8) write(turn);
    else if (roll < 0.85) server.compact();
    else if (roll < 0.9) server.restart(random() * 20_000, "kept");
    else if (roll < 0.92) {
      wiped = true;
      server.restart(random() * 20_000, "wiped");
    }
    if (turn === lateTurn) late.subscribe(informer, signal);
    await clock.advance(Math.floor(random() * pick([5, 50, 2_000, 60_000])));
  }

  server.calm();
  // The longest anything can take from here: a dead stream, then the longest backoff, then a list.
  await clock.advance(240_000);
  const truth = identities(server.objects(configMaps));
  const stored = identities(
    new Map(informer.list().map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each])),
  );
  expect(stored, "the store").toEqual(truth);
  expect(first.held, "what the first subscriber was told").toEqual(truth);
  expect(late.held, "what the late subscriber was told").toEqual(truth);
  const odd = [...server.objects(configMaps)].filter(
    ([key, { metadata }]) => key.startsWith("a/") && metadata.labels?.odd === "yes",
  );
  expect(narrowed.held, "what the narrow subscriber was told").toEqual(identities(new Map(odd)));
  for (const parity of ["0", "1"])
    expect(new Set(informer.byIndex("parity", parity))).toEqual(
      new Set(informer.list().filter((each) => byParity(each)[0] === parity)),
    );
  expect(informer.hasSynced).toBe(true);
  expect(informer.health.phase).toBe("watching");
  if (!wiped) await Promise.all(waits);
  stop.abort(new Error("over"));
  await Promise.all([informers.closed, ...waits]);
  expect(clock.nextWake, "nothing sleeps on").toBeUndefined();
  for (const report of reports) expect(String(report)).not.toMatch(/handler|index/);
}

/** Waits for the version and sees it, or something newer. A wiped server may never get there. */
async function readOwnWrite(
  informer: Informer<KubeObject>,
  key: string,
  version: string,
  signal: AbortSignal,
  wiped: () => boolean,
): Promise<void> {
  const [namespace = "", name = ""] = key.split("/");
  try {
    const seen = await informer.waitForVersion({ namespace, name }, version, signal);
    if (seen !== undefined && !wiped())
      expect(Number(seen.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(version));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Runs every seed, or the one of DHARMA_SIM_SEED. A failure names the seed that makes it again. */
export async function simulateSeeds(from: number, count: number): Promise<void> {
  const only = process.env["DHARMA_SIM_SEED"];
  const seeds = only === undefined ? Array.from({ length: count }, (_, index) => from + index) : [Number(only)];
  for (const seed of seeds) {
    try {
      await simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed} fails; DHARMA_SIM_SEED=${seed} runs it again: ${String(error)}`, { cause: error });
    }
  }
}
