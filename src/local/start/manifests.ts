// Reads YAML files and applies what is in them, CRDs first and served before anything of their kind.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import {
  configMaps,
  customResourceDefinitions,
  kindNamed,
  kinds,
  type KubeObject,
  namespaces,
  type ResourceType,
  secrets,
  serviceAccounts,
} from "../../api/index.ts";
import { type Kube, isKubeError, systemClock } from "../../kube/index.ts";

/** What examples may hold beside our own kinds. */
const others = new Map<string, ResourceType>(
  [namespaces, secrets, configMaps, serviceAccounts, customResourceDefinitions].map((type) => [type.kind, type]),
);

/** Every object of the YAML files of a folder, in order of file name. Files in sub-folders are left alone. */
export async function readManifests(folder: string): Promise<readonly KubeObject[]> {
  const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  const objects: KubeObject[] = [];
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), "utf8"))) {
      const value: unknown = document.toJS();
      if (isObject(value)) objects.push(value);
      else if (value !== null) throw new Error(`${join(folder, file)} holds a document that is no Kubernetes object.`);
    }
  }
  return objects;
}

/** Server-side applies the objects under the field manager "dharma-start"; makes the namespaces they name. */
export async function applyManifests(kube: Kube, objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
  const wanted = new Set(objects.flatMap((object) => object.metadata.namespace ?? []));
  for (const name of wanted) {
    await kube.apply(
      namespaces,
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      { fieldManager: "dharma-start", signal },
    );
  }
  for (const object of objects) await applyOne(kube, object, signal);
  for (const object of objects)
    if (object.kind === customResourceDefinitions.kind) await untilServed(kube, object, signal);
}

/** A CRD is accepted before its kind is served; lists answer 429 or 404 until then. */
async function untilServed(kube: Kube, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const kind = crd.metadata.name.split(".")[0];
  const type = kinds.find(({ type: known }) => known.plural === kind)?.type;
  if (type === undefined) return;
  for (let attempt = 1; ; attempt++) {
    try {
      await kube.list(type, { limit: 1, signal });
      return;
    } catch (error) {
      if (!isKubeError(error, "notFound", "throttled") || attempt >= 100) throw error;
      await systemClock.sleep(100, signal);
    }
  }
}

async function applyOne(kube: Kube, object: KubeObject, signal: AbortSignal): Promise<void> {
  const type = kindNamed(object.kind)?.type ?? others.get(object.kind);
  if (type === undefined)
    throw new Error(
      `${object.kind} ${object.metadata.name}: this command doesn't know the kind; apply it with kubectl.`,
    );
  const placed =
    type.namespaced && object.metadata.namespace === undefined
      ? { ...object, metadata: { ...object.metadata, namespace: "default" } }
      : object;
  for (let attempt = 1; ; attempt++) {
    try {
      await kube.apply(type, placed, { fieldManager: "dharma-start", signal });
      return;
    } catch (error) {
      // A new kind takes a moment to be served, and a webhook a moment to listen.
      const passing = isKubeError(error, "notFound") || (isKubeError(error, "server") && /webhook/.test(error.message));
      if (!passing || attempt >= 40) throw error;
      await systemClock.sleep(250, signal);
    }
  }
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === "object" && value !== null && "kind" in value && "apiVersion" in value && "metadata" in value;
}
