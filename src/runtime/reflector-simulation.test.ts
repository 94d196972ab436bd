// The reflector and its store under seeded simulation. DHARMA_SIM_SEED=N runs that seed alone.
import { expect, test } from "vitest";

import { simulateSeeds } from "../../test/support/cache-simulation.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { configMaps } from "../api/index.ts";
import { createInformers } from "./informers.ts";
import { ManualClock } from "./manual-clock.ts";
import { restless } from "./pace.ts";

test(
  "whatever is written, lost, compacted or restarted: at rest the store is the server, and every subscriber was told so",
  { timeout: 240_000 },
  async () => {
    await simulateSeeds(1, 400);
  },
);

test("a seed makes the same run again", async () => {
  const trace = async (seed: number) => {
    const random = seededRandom(seed);
    const clock = new ManualClock();
    const server = createSimServer({ clock, random, faultChance: 0.03 });
    const stop = new AbortController();
    const informers = createInformers({
      kube: server.kube,
      clock,
      random,
      signal: stop.signal,
      pace: () => restless,
      report: (_, error) => told.push(String(error)),
    });
    const told: string[] = [];
    informers
      .informer(configMaps, { signal: stop.signal })
      .subscribe((change) => told.push(`${clock.monotonic()} ${change.kind} ${change.key} ${random()}`), stop.signal);
    for (let turn = 0; turn < 40; turn++) {
      server.storage.write("/configmaps", `a/o${turn % 5}`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "a", name: `o${turn % 5}`, uid: `u${turn % 5}` },
      });
      await clock.advance(random() * 5_000);
    }
    stop.abort();
    await informers.closed;
    return told;
  };
  const run = await trace(7);
  expect(run.length).toBeGreaterThan(10);
  expect(await trace(7)).toEqual(run);
  expect(await trace(8)).not.toEqual(run);
});
