// Stacks in memory, with the store's exact contract: for tests and for trying things out. Nothing survives the process.
import { KubeError } from "../../kube/index.ts";
import type { Clock } from "../../kube/index.ts";
import { parseHead } from "./head.ts";
import type { Head } from "./head.ts";
import { stackPath } from "./stack.ts";
import type { ChunkKey, StackStore, StoredChunk, StoredHead } from "./store.ts";

export function memoryStackStore(clock: Clock): StackStore {
  const heads = new Map<string, Kept>();
  const chunks = new Map<string, { readonly chunk: StoredChunk; readonly bytes: Uint8Array }>();
  let counter = 0;

  const write = (head: Head): StoredHead => {
    counter += 1;
    const entry = { json: JSON.stringify(head), version: counter };
    heads.set(stackPath(head.id), entry);
    return read(entry);
  };
  const expect = (path: string, version: string): void => {
    const entry = heads.get(path);
    if (!entry) throw new KubeError("notFound", `no stack ${path}`, { status: 404 });
    if (String(entry.version) !== version)
      throw new KubeError("conflict", `stack ${path} has moved on`, { status: 409 });
  };

  return {
    getHead: async (stack, signal) => {
      signal.throwIfAborted();
      const entry = heads.get(stackPath(stack));
      return entry && read(entry);
    },
    createHead: async (head, signal) => {
      signal.throwIfAborted();
      if (heads.has(stackPath(head.id))) throw new KubeError("alreadyExists", "the stack is there", { status: 409 });
      return write(head);
    },
    swapHead: async (head, version, signal) => {
      signal.throwIfAborted();
      expect(stackPath(head.id), version);
      return write(head);
    },
    removeHead: async (stack, version, signal) => {
      signal.throwIfAborted();
      expect(stackPath(stack), version);
      heads.delete(stackPath(stack));
    },
    listHeads: async ({ blueprintUid }, signal) => {
      signal.throwIfAborted();
      return [...heads.values()]
        .map(read)
        .filter(({ head }) => blueprintUid === undefined || head.owner?.uid === blueprintUid);
    },
    putChunk: async (key, bytes, signal) => {
      signal.throwIfAborted();
      const name = nameOf(key);
      if (!chunks.has(name)) chunks.set(name, { chunk: { ...key, createdTime: clock.now() }, bytes });
    },
    getChunk: async (key, signal) => {
      signal.throwIfAborted();
      const found = chunks.get(nameOf(key));
      if (!found) throw new KubeError("notFound", `no chunk ${key.digest}`, { status: 404 });
      return found.bytes;
    },
    listChunks: async (uid, signal) => {
      signal.throwIfAborted();
      const all = [...chunks.values()].map(({ chunk }) => chunk);
      return uid === undefined ? all : all.filter((chunk) => chunk.uid === uid);
    },
    deleteChunk: async (chunk, signal) => {
      signal.throwIfAborted();
      chunks.delete(nameOf(chunk));
    },
  };
}

interface Kept {
  readonly json: string;
  readonly version: number;
}

function read(entry: Kept): StoredHead {
  return { head: parseHead(entry.json), version: String(entry.version) };
}

function nameOf(key: ChunkKey): string {
  return `${key.uid}/${key.epoch}/${key.digest}`;
}
