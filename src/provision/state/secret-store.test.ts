// The stores keep one contract; the one over Secrets is tried on a real API server, with the real CLI on top.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceType } from "../../api/object.ts";
import { createKube, isKubeError, systemClock } from "../../kube/index.ts";
import type { KubeClient } from "../../kube/index.ts";
import { usePlane } from "../../../test/support/plane.ts";
import { counting } from "./fixtures/counting.ts";
import { personToken, startRig } from "./fixtures/rig.ts";
import type { Head } from "./head.ts";
import { ensureKeySecret } from "./key-secret.ts";
import { memoryStackStore } from "./memory-store.ts";
import { secretStackStore } from "./secret-store.ts";
import type { StackStore } from "./store.ts";

const signal = new AbortController().signal;
const namespaces: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};
const namespace = `state-${randomBytes(4).toString("hex")}`;

function headOf(stack: string, uid = randomBytes(12).toString("hex")): Head {
  return {
    format: 1,
    id: { organization: "shop", project: "Web_1", stack },
    uid,
    owner: { uid: `bp-${stack}`, namespace: "shop", name: stack },
    createdTime: 1,
    epoch: 1,
    version: 0,
    writeId: "w1",
    dataKey: { keyId: "k1", wrapped: "" },
    tags: { emoji: "\u{1F600}" },
    earlier: [],
    artifacts: {},
    garbage: [],
  };
}

let kube: KubeClient;
beforeAll(async () => {
  const { kubeconfigPath } = await usePlane();
  const options = { kubeconfig: { path: kubeconfigPath }, clock: systemClock, random: Math.random };
  kube = await createKube(options, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
});
afterAll(() => kube.close());

describe.each<[string, () => StackStore]>([
  ["memory", () => memoryStackStore(systemClock)],
  ["Secrets", () => secretStackStore({ kube, namespace })],
])("a stack store over %s", (_, make) => {
  test("a head is swapped by those who saw it as it is, and by nobody else", async () => {
    const store = make();
    const head = headOf("swap");
    expect(await store.getHead(head.id, signal)).toBeUndefined();
    const first = await store.createHead(head, signal);
    await expect(store.createHead(head, signal)).rejects.toSatisfy((error) => isKubeError(error, "alreadyExists"));
    expect(await store.getHead(head.id, signal)).toEqual(first);
    const next: Head = { ...head, epoch: 2 };
    const second = await store.swapHead(next, first.version, signal);
    expect(second.head).toEqual(next);
    await expect(store.swapHead(next, first.version, signal)).rejects.toSatisfy((error) =>
      isKubeError(error, "conflict"),
    );
    await expect(store.removeHead(head.id, first.version, signal)).rejects.toSatisfy((error) =>
      isKubeError(error, "conflict"),
    );
    await store.removeHead(head.id, second.version, signal);
    expect(await store.getHead(head.id, signal)).toBeUndefined();
    await expect(store.swapHead(next, second.version, signal)).rejects.toSatisfy((error) =>
      isKubeError(error, "notFound"),
    );
  });

  test("chunks are put twice without harm, found by stack, and gone once deleted", async () => {
    const store = make();
    const [a, b] = ["a", "b"].map((letter) => letter.repeat(24));
    if (a === undefined || b === undefined) throw new Error("unreachable");
    const bytes = randomBytes(512 * 1024);
    const key = { uid: a, epoch: 3, digest: "d".repeat(64) };
    await store.putChunk(key, bytes, signal);
    await store.putChunk(key, bytes, signal);
    await store.putChunk({ ...key, uid: b }, Buffer.from("b"), signal);
    expect(Buffer.compare(await store.getChunk(key, signal), bytes)).toBe(0);
    expect(await store.listChunks(a, signal)).toMatchObject([key]);
    expect((await store.listChunks(undefined, signal)).length).toBeGreaterThanOrEqual(2);
    await store.deleteChunk(key, signal);
    await store.deleteChunk(key, signal);
    await store.deleteChunk({ ...key, uid: b }, signal);
    await expect(store.getChunk(key, signal)).rejects.toSatisfy((error) => isKubeError(error, "notFound"));
    expect(await store.listChunks(a, signal)).toEqual([]);
  });

  test("heads are found by the Blueprint they belong to", async () => {
    const store = make();
    const [one, two] = [headOf("one"), headOf("two")];
    const stored = [await store.createHead(one, signal), await store.createHead(two, signal)];
    const found = await store.listHeads({ blueprintUid: "bp-one" }, signal);
    expect(found.map(({ head }) => head)).toEqual([one]);
    expect(await store.listHeads({}, signal)).toHaveLength(2);
    for (const { head, version } of stored) {
      await store.removeHead(head.id, version, signal);
    }
  });
});

describe("Secrets as Pulumi's state", { timeout: 180_000 }, () => {
  test("two operators that start at once end up with the same key", async () => {
    const options = { kube, namespace, name: "dharma-state-key" };
    const [first, second] = await Promise.all([ensureKeySecret(options, signal), ensureKeySecret(options, signal)]);
    expect(first).toEqual(second);
    expect(await ensureKeySecret(options, signal)).toEqual(first);
  });

  test("an up of 20 resources takes about one small write a resource", async () => {
    const counted = counting(kube);
    const rig = await startRig({ store: secretStackStore({ kube: counted.kube, namespace }) });
    try {
      const token = personToken(rig.service);
      await rig.service.ensureStack(rig.stack, undefined, signal);
      const things = Array.from({ length: 20 }, (_, index) => ({ name: `thing-${index}`, value: "one" }));
      counted.reset();
      await rig.run("up", things, token);
      const { writes, bytes } = counted.read();
      expect(writes).toBeLessThan(60);
      expect(bytes / 20).toBeLessThan(20_000);
      expect(await rig.service.find(rig.stack, signal)).toMatchObject({ resourceCount: 22 });
    } finally {
      await rig.close();
    }
  });
});
