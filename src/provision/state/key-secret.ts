// The key ring in a Secret: for trying out. Whoever can read etcd or this Secret can read every state; mount a file instead.
import { randomBytes } from "node:crypto";
import type { KubeObject, ResourceType } from "../../api/object.ts";
import { isKubeError } from "../../kube/index.ts";
import type { Kube } from "../../kube/index.ts";
import { parseKeyRing } from "./keys.ts";
import type { KeyRing } from "./keys.ts";
import { StateError } from "./errors.ts";

interface KeySecret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const secrets: ResourceType<KeySecret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};

export interface KeySecretOptions {
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
}

/** Reads the ring from the field `keys` (format: keys.ts); makes the Secret with one random key where there is none. */
export async function ensureKeySecret(options: KeySecretOptions, signal: AbortSignal): Promise<KeyRing> {
  const { kube, namespace, name } = options;
  const found = await readKeys(options, signal);
  if (found) return found;
  const line = `k1 ${randomBytes(32).toString("base64")}\n`;
  const secret: KeySecret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "dharma" } },
    type: "Opaque",
    data: { keys: Buffer.from(line).toString("base64") },
  };
  try {
    await kube.create(secrets, secret, { signal, fieldManager: "dharma-state" });
    return parseKeyRing(line);
  } catch (error) {
    if (!isKubeError(error, "alreadyExists")) throw error;
    const other = await readKeys(options, signal);
    if (other) return other;
    throw new StateError("unavailable", `the key Secret ${namespace}/${name} comes and goes; try again`);
  }
}

async function readKeys(
  { kube, namespace, name }: KeySecretOptions,
  signal: AbortSignal,
): Promise<KeyRing | undefined> {
  try {
    const secret = await kube.get(secrets, { namespace, name }, { signal });
    return parseKeyRing(Buffer.from(secret.data?.["keys"] ?? "", "base64").toString("utf8"));
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}
