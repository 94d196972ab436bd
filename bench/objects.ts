// Many paused Blueprints at once: one is made through the API server and observed by both operators, the others are copies of
// what etcd holds of it. Ten thousand creates through admission, and as many first statuses, would take longer than all that is
// measured, and leave the API server's own heap and caches in another state for whoever is measured first.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type Blueprint, blueprints } from "../src/api/index.ts";
import { systemClock } from "../src/kube/index.ts";
import { type BenchPlane, namespace } from "./plane.ts";

/** Stands for the index in the object that is copied; found nowhere else in it. */
const index = "prototype";
const folder = `/registry/iacdharma.com/blueprints/${namespace}/`;
const lanes = 32;
const patienceMs = 120_000;

/** Makes the object that is copied. */
export async function createPrototype({ kube }: BenchPlane, signal: AbortSignal): Promise<void> {
  const template = await readFile(join(import.meta.dirname, "blueprint.yaml"), "utf8");
  const object: unknown = parse(template.replaceAll("INDEX", index));
  await kube.create(blueprints, object as Blueprint, { signal });
}

/** Changes the prototype's spec, and waits until whoever runs has observed that. */
export async function touchPrototype({ kube }: BenchPlane, text: string, signal: AbortSignal): Promise<void> {
  const key = { namespace, name: `bench-${index}` };
  const body = { spec: { description: text } };
  await kube.patch(blueprints, key, { kind: "merge", body }, { signal });
  const deadline = systemClock.monotonic() + patienceMs;
  for (;;) {
    const { metadata, status } = await kube.get(blueprints, key, { signal });
    if (status?.observedGeneration === metadata.generation) return;
    if (systemClock.monotonic() > deadline) throw new Error(`the operator did not observe ${key.name}`);
    await systemClock.sleep(100, signal);
  }
}

/** Puts `count` copies beside the prototype, with names and uids of their own, as the API server would have stored them. */
export async function multiply({ control }: BenchPlane, count: number, signal: AbortSignal): Promise<void> {
  const answer = await etcd(control.etcdUrl, "range", { key: base64(`${folder}bench-${index}`) }, signal);
  const [stored] = (answer as { readonly kvs?: readonly { readonly value: string }[] }).kvs ?? [];
  if (stored === undefined) throw new Error("etcd does not hold the Blueprint that is to be copied");
  const text = Buffer.from(stored.value, "base64").toString("utf8");
  const { uid } = (JSON.parse(text) as Blueprint).metadata;
  let next = 0;
  const put = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) {
      const copy = text.replaceAll(index, `${number}`).replaceAll(uid ?? "", randomUUID());
      await etcd(control.etcdUrl, "put", { key: base64(`${folder}bench-${number}`), value: base64(copy) }, signal);
    }
  };
  await Promise.all(Array.from({ length: lanes }, put));
}

/** etcd's JSON gateway (etcd documentation, "gRPC gateway"): keys and values are base64. */
async function etcd(
  url: string,
  call: "range" | "put",
  body: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await fetch(`${url}/v3/kv/${call}`, { method: "POST", body: JSON.stringify(body), signal });
  if (!answer.ok) throw new Error(`etcd ${call}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
