// The models that are shipped, as the operator takes them in: all admitted from their folders, and on the thread the same
// bits as in this one.
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { silentLogger } from "../../runtime/index.ts";
import { createModelHost } from "../host/host.ts";
import { readModelFolder } from "../model/folder.ts";
import { openModel } from "../model/open.ts";
import { createModels } from "./models.ts";
import { readSamples } from "./samples.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "models");
const variants = globSync("*/*/model.json", { cwd: folder }).map((path) => dirname(path));
const { signal } = new AbortController();

test.skipIf(!existsSync(folder) || variants.length === 0)(
  "every shipped model is admitted and answers in its slot",
  async () => {
    const stop = new AbortController();
    const models = createModels({
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      metrics: new Registry(),
    });
    for (const variant of variants) {
      const { manifest } = await readModelFolder(join(folder, variant), signal);
      models.slot({ name: manifest.name, variant: manifest.variant, loss: "brier" });
    }
    const running = models.run(stop.signal);
    await models.settled(signal);
    const { slots } = models.status;
    stop.abort(new Error("the test is over"));
    await running;
    expect(slots.filter(({ state }) => state !== "active")).toEqual([]);
    expect(slots).toHaveLength(variants.length);
  },
  60_000,
);

test.each(variants.toSorted())("%s gives on the thread what it gives here, bit for bit", async (variant) => {
  const file = await readModelFolder(join(folder, variant), signal);
  const host = createModelHost({ clock: systemClock, batchDeadlineMs: 30_000 });
  const { inputs } = readSamples(file.samples ?? "", file.manifest, variant);
  const [here, there] = [await openModel(file), await host.open(file, { signal })];
  expect(await there.run(inputs, { signal })).toEqual(await here.run(inputs, { signal }));
  await here.close();
  await host.close();
});
