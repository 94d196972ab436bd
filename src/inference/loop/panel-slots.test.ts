// The panel on the slot itself, with the shipped model and others made of it: who is promoted, who is let go, who steps down.
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { systemClock } from "../../kube/index.ts";
import { silentLogger } from "../../runtime/index.ts";
import type { Sample } from "../../signals/index.ts";
import { readModelFolder } from "../model/folder.ts";
import { openModel, type OpenModel } from "../model/open.ts";
import type { Tensors } from "../model/session.ts";
import { createModels } from "../registry/models.ts";
import { LiveSlot } from "../registry/live-slot.ts";
import { createModelMetrics } from "../registry/metrics.ts";
import { defaultRaceRules } from "../registry/race.ts";
import type { SlotDefinition } from "../registry/slot.ts";
import { liveVariants } from "./live.ts";
import { createPanel, type Panel } from "./panel.ts";
import { defaultLoopSettings } from "./settings.ts";
import { liveSlots } from "./slots.ts";

const { signal } = new AbortController();
const begin = Date.UTC(2026, 5, 1, 6);
const hourMs = 3_600_000;

let shipped: OpenModel;
beforeAll(async () => {
  const { name, variant } = liveVariants.anomaly;
  const folder = join(import.meta.dirname, "..", "..", "..", "models", name, variant);
  shipped = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => shipped.close());

/** The shipped model under another name, saying something else. */
function altered(name: string, alter: (outputs: Tensors) => Tensors): OpenModel {
  return {
    manifest: { ...shipped.manifest, version: name, digest: `sha256:${name.padEnd(64, "0")}` },
    run: async (inputs, options) => alter(await shipped.run(inputs, options)),
    close: () => Promise.resolve(),
  };
}

/** With scores as a function of what they were. */
const scoring =
  (change: (score: number) => number) =>
  (outputs: Tensors): Tensors => {
    const { score } = outputs;
    if (score === undefined) throw new Error("there are no scores");
    return { ...outputs, score: { ...score, data: Float32Array.from(score.data, Number).map(change) } };
  };

/** Sees half of it. */
const dull = () =>
  altered(
    "dull",
    scoring((score) => score / 2),
  );
const asShipped = () => altered("as-shipped", (outputs) => outputs);

interface World {
  readonly slot: LiveSlot;
  readonly metrics: Registry;
  take(model: OpenModel): void;
  /** Runs cycles until the slot is as asked for. */
  until(done: () => boolean): Promise<void>;
}

function world(): World {
  const metrics = new Registry();
  const options = {
    clock: systemClock,
    log: silentLogger,
    metrics: createModelMetrics(metrics),
    rules: defaultRaceRules,
    onChange: () => undefined,
    onEmpty: () => undefined,
  };
  const made = new Map<string, LiveSlot>();
  const slots = liveSlots({
    slot(definition: SlotDefinition) {
      const slot = made.get(definition.name) ?? new LiveSlot(definition, options);
      made.set(definition.name, slot);
      return slot;
    },
  });
  const slot = made.get(liveVariants.anomaly.name);
  if (slot === undefined) throw new Error("there is no slot");
  const panel = createPanel(slots.anomaly, { random: seededRandom(2) });
  const live = simulation(7, 30_000);
  let step = 0;
  return {
    slot,
    metrics,
    take(model) {
      const { digest, version } = model.manifest;
      slot.take({ digest, version, source: "test" }, model, "new");
    },
    async until(done) {
      const started = step;
      while (!done()) {
        if (step - started > 2_000) throw new Error(`still not so: ${JSON.stringify(slot.status)}`);
        // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
        await live(panel, (step += 1));
      }
    },
  };
}

/** Seventy objects with one of the sorts of series that the operator sees each. All are ill during the hour `outage`, counted from 0. */
function simulation(seed: number, intervalMs: number, outage = -1): (panel: Panel, step: number) => Promise<void> {
  const dayOf = (step: number) => (2 * Math.PI * step * intervalMs) / (24 * hourMs);
  const random = seededRandom(seed);
  const bell = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const sorts: readonly (readonly [metric: string, value: (step: number) => number, worse: number])[] = [
    ["error_ratio", () => 0.001 + 0.004 * random(), 100],
    ["latency_seconds", () => 0.2 * Math.exp(0.15 * bell() + 0.05 * Math.abs(bell())), 5],
    ["latency_seconds", (step) => 0.1 * (1 + 0.3 * Math.sin(dayOf(step))) * Math.exp(0.1 * bell()), 5],
    ["utilization_ratio", () => 0.35 + 0.03 * bell(), 2.5],
    ["requests_per_second", () => 400 + 30 * bell(), 0.03],
    ["memory_bytes", (step) => 300 + 10 * (step % 17) + 3 * bell(), 3],
    ["up", () => 1, 0],
  ];
  return (panel, step) => {
    const now = begin + step * intervalMs;
    const isIll = Math.floor((step * intervalMs) / hourMs) === outage;
    const samples = Array.from({ length: 70 }, (_, index): [string, Sample[]] => {
      const [metric = "", valueOf, worse = 1] = sorts[index % sorts.length] ?? [];
      const value = (valueOf?.(step) ?? Number.NaN) * (isIll ? worse : 1);
      return [`uid-${index}`, [{ series: `${metric} ${index}`, metric, labels: {}, value, time: now }]];
    });
    return panel(new Map(samples), now, { signal });
  };
}

describe("the slot of the live detector", { timeout: 180_000 }, () => {
  test("promotes a shadow that tells faults better, and shows the errors of both and of the baseline", async () => {
    const { slot, metrics, take, until } = world();
    take(dull());
    take(asShipped());
    await until(() => (slot.status.shadow?.race.outcomes ?? 0) >= 50);
    const shown = await metrics.metrics();
    for (const role of ["active", "shadow", "baseline"])
      expect(shown).toMatch(new RegExp(`dharma_model_live_error\\{.*role="${role}"\\} 0\\.\\d`));
    expect(slot.status.active?.version).toBe("dull");
    await until(() => slot.status.active?.version === "as-shipped");
    expect(slot.status).toMatchObject({ state: "active", previous: { version: "dull" } });
    // The baseline's race with the new one goes on from its own memory.
    await until(() => (slot.status.baseline?.outcomes ?? 0) >= 50);
    const { error = 1, answeringError = 1 } = slot.status.baseline ?? {};
    expect(answeringError).toBeLessThan(0.03);
    expect(error).toBeLessThan(0.2); // without memory it would be .5
  });

  test("lets a shadow go that tells them worse", async () => {
    const { slot, take, until } = world();
    take(asShipped());
    take(dull());
    await until(() => slot.status.shadow === undefined);
    expect(slot.status).toMatchObject({ state: "active", active: { version: "as-shipped" } });
  });

  test("steps down from a model that talks nonsense, and goes back to it when it doesn't any more", async () => {
    const { slot, take, until } = world();
    let isSane = false;
    const inverted = scoring((score) => 1 - score);
    take(altered("changing", (outputs) => (isSane ? outputs : inverted(outputs))));
    await until(() => slot.status.state === "steppedDown");
    expect(slot.status.steppedDown?.version).toBe("changing");
    isSane = true;
    await until(() => slot.status.state === "active");
    expect(slot.status.active?.version).toBe("changing");
  });

  test("keeps the shipped model through hours of ordinary work and an outage of everything", async () => {
    const stop = new AbortController();
    const metrics = new Registry();
    const models = createModels({ clock: systemClock, random: Math.random, log: silentLogger, metrics });
    const slots = liveSlots(models);
    const slot = models.slot({ ...liveVariants.anomaly, loss: "told" });
    const running = models.run(stop.signal);
    await models.settled(signal);
    const panel = createPanel(slots.anomaly, { random: seededRandom(5) });
    const intervalMs = defaultLoopSettings.intervalMs;
    const live = simulation(8, intervalMs, 3);
    for (let step = 0; step * intervalMs < 5.5 * hourMs; step += 1) {
      // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
      await live(panel, step);
      expect(slot.status.state).toBe("active");
    }
    const { outcomes = 0, error = 0, answeringError = 1 } = slot.status.baseline ?? {};
    expect(outcomes).toBeGreaterThan(200);
    expect(answeringError).toBeLessThan(error / 2);
    stop.abort(new Error("the test is over"));
    await running;
  });
});
