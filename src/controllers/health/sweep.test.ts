import { expect, test } from "vitest";
import { createSimServer } from "../../../test/support/sim-server.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { configMaps } from "../../api/index.ts";
import { ManualClock, silentLogger } from "../../runtime/index.ts";
import { orphansTask, sweepTask } from "./sweep.ts";

const namespace = "dharma-system";

function setup() {
  const clock = new ManualClock();
  const { kube, storage, objects } = createSimServer({ clock, random: seededRandom(1) });
  const keep = (name: string, label: string, uid: string) => {
    const metadata = {
      namespace,
      name,
      uid: `uid-${name}`,
      creationTimestamp: new Date(clock.now()).toISOString(),
      labels: { [label]: uid },
      annotations: { "iacdharma.com/subject": "Blueprint shop/web" },
    };
    storage.write("/configmaps", `${namespace}/${name}`, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
  };
  for (const uid of ["one", "two"]) {
    keep(`dharma-health-${uid}`, "iacdharma.com/health-record", uid);
    keep(`dharma-learnt-${uid}`, "iacdharma.com/learnt", uid);
    keep(`dharma-past-${uid}`, "iacdharma.com/past", uid);
  }
  keep("dharma-policy", "iacdharma.com/policy", "settings");
  return {
    clock,
    parts: { kube, clock, log: silentLogger },
    kube,
    names: () => [...objects(configMaps).values()].map(({ metadata }) => metadata.name).toSorted(),
  };
}

const ofTwo = ["dharma-health-two", "dharma-learnt-two", "dharma-past-two", "dharma-policy"];

test("all that was kept of an object that went is deleted within a minute, what is not there already included", async () => {
  const { clock, parts, kube, names } = setup();
  const gone = new Set<string>();
  const stop = new AbortController();
  const ended = sweepTask(parts, namespace, gone).run(stop.signal, kube);
  await clock.advance(1_000);
  expect(names()).toHaveLength(7);
  for (const uid of ["one", "never"]) gone.add(uid);
  await clock.advance(61_000);
  expect(names()).toEqual(ofTwo);
  expect(gone.size).toBe(0);
  stop.abort(new Error("over"));
  await ended.catch(() => undefined);
});

test("what was left behind is deleted, at the start where it is old enough, else a day later", async () => {
  const { clock, parts, kube, names } = setup();
  const present = { kinds: new Set(["Blueprint"]), isAll: false, has: (uid: string) => uid === "two" };
  const stop = new AbortController();
  const ended = orphansTask(parts, namespace, () => present).run(stop.signal, kube);
  await clock.advance(60_000);
  expect(names()).toHaveLength(7);
  await clock.advance(86_400_000);
  expect(names()).toEqual(ofTwo);
  stop.abort(new Error("over"));
  await ended.catch(() => undefined);

  const later = setup();
  await later.clock.advance(3_600_000);
  const again = new AbortController();
  const over = orphansTask(later.parts, namespace, () => present).run(again.signal, later.kube);
  await later.clock.advance(10_000);
  expect(later.names()).toEqual(ofTwo);
  again.abort(new Error("over"));
  await over.catch(() => undefined);
});
