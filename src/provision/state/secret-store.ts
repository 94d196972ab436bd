// Stacks in Secrets of the operator's namespace. Heads and chunks carry a finalizer: deleting a namespace orphans nothing.
import { createHash } from "node:crypto";
import type { KubeObject, ResourceType } from "../../api/object.ts";
import { isKubeError } from "../../kube/index.ts";
import type { Kube } from "../../kube/index.ts";
import { StateError } from "./errors.ts";
import { parseHead } from "./head.ts";
import type { Head } from "./head.ts";
import { stackPath } from "./stack.ts";
import type { StackId } from "./stack.ts";
import type { ChunkKey, StackStore, StoredChunk, StoredHead } from "./store.ts";

interface Secret extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

const secrets: ResourceType<Secret> = { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true };

/** Only the state service takes it off, after it has let go of the content. */
export const stateFinalizer = "iacdharma.com/state";
const stateLabel = "iacdharma.com/state";
const uidLabel = "iacdharma.com/stack-uid";
const blueprintLabel = "iacdharma.com/blueprint-uid";
const pathAnnotation = "iacdharma.com/stack";
const chunkPrefix = "dharma-chunk-";
const fieldManager = "dharma-state";
/** A chunk takes up to 0.7 MiB on the wire. */
const chunksPerPage = 20;
const headsPerPage = 200;

export interface SecretStoreOptions {
  /** A client of its own, so that bulk and leases do not wait for each other. */
  readonly kube: Kube;
  /** The operator's namespace. */
  readonly namespace: string;
}

export function secretStackStore({ kube, namespace }: SecretStoreOptions): StackStore {
  const key = (name: string): { namespace: string; name: string } => ({ namespace, name });
  const list = async (labelSelector: string, limit: number, signal: AbortSignal): Promise<readonly Secret[]> => {
    const all: Secret[] = [];
    let continueToken: string | undefined;
    do {
      const page = await kube.list(secrets, {
        namespace,
        labelSelector,
        limit,
        ...(continueToken === undefined ? {} : { continueToken }),
        signal,
      });
      all.push(...page.items);
      ({ continueToken } = page);
    } while (continueToken !== undefined && continueToken !== "");
    return all;
  };
  return {
    getHead: (stack, signal) =>
      orAbsent(async () => storedHead(await kube.get(secrets, key(headName(stack)), { signal }))),
    createHead: async (head, signal) =>
      storedHead(await kube.create(secrets, headSecret(head, namespace), { signal, fieldManager })),
    swapHead: async (head, version, signal) =>
      storedHead(await kube.update(secrets, headSecret(head, namespace, version), { signal, fieldManager })),
    removeHead: async (stack, version, signal) => {
      const bare = await kube.get(secrets, key(headName(stack)), { signal });
      const freed = { ...bare, metadata: { ...bare.metadata, resourceVersion: version, finalizers: [] } };
      await kube.update(secrets, freed, { signal, fieldManager });
      await ignoreAbsent(kube.delete(secrets, key(headName(stack)), { signal, ...precondition(bare) }));
    },
    listHeads: async ({ blueprintUid }, signal) => {
      const owned = blueprintUid === undefined ? "" : `,${blueprintLabel}=${blueprintUid}`;
      return (await list(`${stateLabel}=head${owned}`, headsPerPage, signal)).map(storedHead);
    },
    putChunk: async (chunk, bytes, signal) => {
      try {
        await kube.create(secrets, chunkSecret(chunk, bytes, namespace), { signal, fieldManager });
      } catch (error) {
        // The name is the content: what is there is what was to be put.
        if (!isKubeError(error, "alreadyExists")) throw error;
      }
    },
    getChunk: async (chunk, signal) => {
      const secret = await kube.get(secrets, key(chunkName(chunk)), { signal });
      return Buffer.from(secret.data?.["chunk"] ?? "", "base64");
    },
    listChunks: async (uid, signal) => {
      const owned = uid === undefined ? "" : `,${uidLabel}=${uid}`;
      return (await list(`${stateLabel}=chunk${owned}`, chunksPerPage, signal)).flatMap(storedChunk);
    },
    deleteChunk: async (chunk, signal) => {
      const free = { kind: "merge", body: { metadata: { finalizers: null } } } as const;
      const there = await orAbsent(() => kube.patch(secrets, key(chunkName(chunk)), free, { signal, fieldManager }));
      if (there) await ignoreAbsent(kube.delete(secrets, key(chunkName(chunk)), { signal }));
    },
  };
}

/** Names are hashed: stacks may have upper case and 300 characters, Secrets may not. */
export function headName(stack: StackId): string {
  return `dharma-state-${createHash("sha256").update(stackPath(stack)).digest("hex").slice(0, 40)}`;
}

function chunkName(chunk: ChunkKey): string {
  return `${chunkPrefix}${chunk.uid}-${chunk.epoch}-${chunk.digest}`;
}

function headSecret(head: Head, namespace: string, resourceVersion?: string): Secret {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: headName(head.id),
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: {
        "app.kubernetes.io/managed-by": "dharma",
        [stateLabel]: "head",
        [uidLabel]: head.uid,
        ...(head.owner ? { [blueprintLabel]: head.owner.uid } : {}),
      },
      annotations: {
        [pathAnnotation]: stackPath(head.id),
        ...(head.owner ? { "iacdharma.com/blueprint": `${head.owner.namespace}/${head.owner.name}` } : {}),
      },
      finalizers: [stateFinalizer],
    },
    type: "iacdharma.com/state-head",
    data: { head: Buffer.from(JSON.stringify(head)).toString("base64") },
  };
}

function chunkSecret(chunk: ChunkKey, bytes: Uint8Array, namespace: string): Secret {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: chunkName(chunk),
      namespace,
      labels: { "app.kubernetes.io/managed-by": "dharma", [stateLabel]: "chunk", [uidLabel]: chunk.uid },
      finalizers: [stateFinalizer],
    },
    type: "iacdharma.com/state-chunk",
    immutable: true,
    data: { chunk: Buffer.from(bytes).toString("base64") },
  };
}

function storedHead(secret: Secret): StoredHead {
  const text = secret.data?.["head"];
  const version = secret.metadata.resourceVersion;
  if (text === undefined || version === undefined) {
    throw new StateError(
      "corrupt",
      `the Secret ${secret.metadata.name} holds no head of a stack; restore it from a backup`,
    );
  }
  return { head: parseHead(Buffer.from(text, "base64").toString("utf8")), version };
}

/** Nothing for a Secret whose name is not one of ours. */
function storedChunk(secret: Secret): readonly StoredChunk[] {
  const [uid, epoch, digest] = secret.metadata.name.slice(chunkPrefix.length).split("-");
  if (uid === undefined || epoch === undefined || digest === undefined) return [];
  const createdTime = Date.parse(secret.metadata.creationTimestamp ?? "") || 0;
  return [{ uid, epoch: Number(epoch), digest, createdTime }];
}

function precondition(secret: Secret): { readonly uid?: string } {
  return secret.metadata.uid === undefined ? {} : { uid: secret.metadata.uid };
}

async function orAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}

async function ignoreAbsent(done: Promise<void>): Promise<void> {
  await orAbsent(() => done);
}
