// State in Secrets when the ground moves: the API server goes and comes, the namespace is deleted.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ResourceType } from "../../api/object.ts";
import { createKube, systemClock } from "../../kube/index.ts";
import { ownPlane, usePlane } from "../../../test/support/plane.ts";
import { personToken, startRig } from "./fixtures/rig.ts";
import { secretStackStore, stateFinalizer } from "./secret-store.ts";

const signal = new AbortController().signal;
const namespaces: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};
const secrets: ResourceType = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};
const things = Array.from({ length: 12 }, (_, index) => ({
  name: `thing-${index}`,
  value: "one",
  ...(index > 0 ? { from: `thing-${index - 1}` } : {}),
}));

async function connect(path: string) {
  return createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, signal);
}

describe("state in Secrets", () => {
  test("an operation waits for an API server that is away for 20 s, and loses and repeats nothing", async () => {
    const plane = await ownPlane();
    const kube = await connect(plane.kubeconfigPath);
    const rig = await startRig({ store: secretStackStore({ kube, namespace: "default" }) });
    try {
      await rig.service.ensureStack(rig.stack, undefined, signal);
      const stopped = Promise.withResolvers<void>();
      rig.cloud.onCall = async (call) => {
        if (call.name !== "thing-5" || call.phase !== "after") return;
        await plane.stopApiServer("SIGKILL");
        stopped.resolve();
      };
      const operation = rig.start("up", things, personToken(rig.service));
      await Promise.race([stopped.promise, operation.done]);
      await systemClock.sleep(20_000, signal);
      await plane.startApiServer("kept", signal);
      expect((await operation.done).code).toBe(0);
      expect([...rig.cloud.made.values()]).toEqual(things.map(() => 1));
      expect(await rig.service.find(rig.stack, signal)).toMatchObject({ resourceCount: 14, pendingOperations: 0 });
      expect(rig.failures).toEqual([]);
    } finally {
      await rig.close();
      await kube.close();
      await plane.stop();
    }
  }, 300_000);

  test("deleting the namespace orphans nothing: the stack can still be read, destroyed and removed", async () => {
    const namespace = `state-${randomBytes(4).toString("hex")}`;
    const kube = await connect((await usePlane()).kubeconfigPath);
    await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
    const rig = await startRig({ store: secretStackStore({ kube, namespace }) });
    const heads = () => kube.list(secrets, { namespace, labelSelector: "iacdharma.com/state=head", signal });
    try {
      await rig.service.ensureStack(rig.stack, undefined, signal);
      const token = personToken(rig.service);
      await rig.run("up", things, token);
      await kube.delete(namespaces, { name: namespace }, { signal });
      const stored = await kube.list(secrets, { namespace, labelSelector: "iacdharma.com/state", signal });
      expect(stored.items.length).toBeGreaterThan(1);
      for (const secret of stored.items) expect(secret.metadata.finalizers).toEqual([stateFinalizer]);
      await expect
        .poll(async () => (await heads()).items.every(({ metadata }) => metadata.deletionTimestamp !== undefined), {
          timeout: 60_000,
        })
        .toBe(true);
      await rig.run("destroy", things, token);
      expect(rig.cloud.things.size).toBe(0);
      await rig.service.remove(rig.stack, "empty", signal);
      await expect
        .poll(async () => (await kube.list(secrets, { namespace, signal })).items.length, { timeout: 60_000 })
        .toBe(0);
    } finally {
      await rig.close();
      await kube.close();
    }
  }, 300_000);
});
