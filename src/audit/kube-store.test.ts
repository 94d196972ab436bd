// The audit log on a real API server: two writers, lost answers, tampering with the Secrets themselves.
import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import type { KubeObject, ResourceType } from "../api/object.ts";
import { createKube, type KubeClient, systemClock } from "../kube/index.ts";
import { type AuditEntry, type AuditStore, createAuditLog, kubeAuditStore, verifyLines } from "./index.ts";

const signal = new AbortController().signal;
const keys = { current: { id: "k1", secret: new Uint8Array(32).fill(1) }, former: [] };

interface SecretObject extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}
const secrets: ResourceType<SecretObject> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};
const namespaces: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

const entry = (name: string): AuditEntry => ({
  actor: { kind: "User", name: "jane" },
  action: "BlueprintRun.approved",
  object: { kind: "BlueprintRun", namespace: "shop", name, uid: name },
  run: name,
  plan: `sha256:${"a".repeat(64)}`,
  result: "Success",
});

let kube: KubeClient;
beforeAll(async () => {
  const { kubeconfigPath } = await usePlane();
  kube = await createKube({ kubeconfig: { path: kubeconfigPath }, clock: systemClock, random: Math.random }, signal);
});
afterAll(() => kube.close());

async function freshStore(): Promise<{ readonly store: AuditStore; readonly namespace: string }> {
  const namespace = `audit-${randomBytes(5).toString("hex")}`;
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
  return { store: kubeAuditStore(kube, namespace), namespace };
}

const logOf = (store: AuditStore, holder: string, limits = {}) =>
  createAuditLog({ store, holder, shardOf: () => "shard-0", clock: systemClock, keys, limits });

async function textOf(store: AuditStore): Promise<string> {
  let text = "";
  for await (const line of logOf(store, "reader").export("shard-0", { signal })) text += line;
  return text;
}

describe("on a real API server", () => {
  test("what was acknowledged is there after the writer is gone, in order, sealed into segments", async () => {
    const { store } = await freshStore();
    const log = logOf(store, "a", { openBytes: 4_000, batch: 10 });
    const receipts = await Promise.all(Array.from({ length: 60 }, (_, n) => log.append(entry(`e${n}`), { signal })));
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    expect((await store.listSegments("shard-0", signal)).length).toBeGreaterThan(2);
    const again = logOf(store, "b");
    expect(await again.append(entry("after"), { signal })).toMatchObject({ seq: 61 });
    expect(await again.verify({ signal })).toMatchObject([{ kind: "intact", shard: "shard-0", records: 61 }]);
    const last = receipts.at(-1);
    expect(verifyLines(await textOf(store), "shard-0")).toMatchObject({ kind: "intact", records: 61 });
    expect(await textOf(store)).toContain(last?.hash ?? "none");
    await Promise.all([log.close(), again.close()]);
  });

  test("of two writers that both believe in themselves, one writes at a time and none overwrites the other", async () => {
    const { store } = await freshStore();
    const replicas = [logOf(store, "a"), logOf(store, "b")];
    const acknowledged: { readonly name: string; readonly seq: number }[] = [];
    const write = async (replica: number) => {
      for (let n = 0; n < 12; n += 1) {
        const name = `${replica}-${n}`;
        try {
          // oxlint-disable-next-line no-await-in-loop -- each replica works through its own list
          const receipt = await replicas[replica]?.append(entry(name), { signal });
          if (receipt !== undefined) acknowledged.push({ name, seq: receipt.seq });
        } catch (error) {
          expect(error).toMatchObject({ name: "AuditFenced" });
        }
      }
    };
    await Promise.all([write(0), write(1)]);
    const names = (await textOf(store))
      .trimEnd()
      .split("\n")
      .map((line) => {
        const record: AuditEntry = JSON.parse(line);
        return record.object.name;
      });
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(names).toHaveLength(acknowledged.length);
    for (const { name, seq } of acknowledged) expect(names[seq - 1]).toBe(name);
    expect(await replicas[0]?.verify({ signal })).toMatchObject([{ kind: "intact" }]);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  test("a paused writer that wakes after another took over writes nothing", async () => {
    const { store } = await freshStore();
    const paused = logOf(store, "paused");
    await paused.append(entry("one"), { signal });
    const next = logOf(store, "next");
    await next.append(entry("two"), { signal });
    await expect(paused.append(entry("three"), { signal })).rejects.toMatchObject({ name: "AuditFenced" });
    expect(await next.append(entry("four"), { signal })).toMatchObject({ seq: 3 });
    await Promise.all([paused.close(), next.close()]);
  });

  test("a Secret that was edited is found, and no writer goes on over it", async () => {
    const { store, namespace } = await freshStore();
    const log = logOf(store, "a");
    await log.append(entry("one"), { signal });
    await log.append(entry("two"), { signal });
    await edit(namespace, "dharma-audit-shard-0", (text) => text.replaceAll("jane", "eve1"));
    const found = { kind: "broken", shard: "shard-0", at: { seq: 1 } };
    expect(await logOf(store, "reader").verify({ signal })).toMatchObject([found]);
    await expect(log.append(entry("three"), { signal })).rejects.toMatchObject({ name: "AuditBroken" });
    await expect(logOf(store, "b").append(entry("three"), { signal })).rejects.toMatchObject({
      name: "AuditBroken",
      seq: 1,
    });
  });

  test("a Secret that holds no log any more is found", async () => {
    const { store, namespace } = await freshStore();
    await logOf(store, "a").append(entry("one"), { signal });
    const patch = { kind: "merge", body: { data: { log: Buffer.from("junk").toString("base64") } } } as const;
    await kube.patch(secrets, { namespace, name: "dharma-audit-shard-0" }, patch, { signal });
    await expect(logOf(store, "b").append(entry("two"), { signal })).rejects.toMatchObject({ name: "AuditBroken" });
  });

  test("a segment can't be changed in place, and its loss is found", async () => {
    const { store, namespace } = await freshStore();
    const log = logOf(store, "a", { openBytes: 1 });
    for (const name of ["one", "two", "three"]) {
      // oxlint-disable-next-line no-await-in-loop -- each is sealed before the next
      await log.append(entry(name), { signal });
    }
    const [segment] = (await store.listSegments("shard-0", signal)).toSorted();
    if (segment === undefined) throw new Error("no segment");
    await expect(edit(namespace, segment, (text) => text.replace("one", "ONE"))).rejects.toMatchObject({
      kind: "invalid",
    });
    await kube.delete(secrets, { namespace, name: segment }, { signal });
    expect(await log.verify({ signal })).toMatchObject([{ kind: "broken", at: { seq: 1 } }]);
    await log.close();
  });
});

async function edit(namespace: string, name: string, change: (text: string) => string): Promise<void> {
  const secret = await kube.get(secrets, { namespace, name }, { signal });
  const text = gunzipSync(Buffer.from(secret.data["log"] ?? "", "base64")).toString("utf8");
  const log = gzipSync(change(text)).toString("base64");
  await kube.update(secrets, { ...secret, data: { log } }, { signal });
}
