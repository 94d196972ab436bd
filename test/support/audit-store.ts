// An audit store in memory that can lose answers, fail, and let a write arrive late, as a network does.
import type { AuditStore } from "../../src/audit/index.ts";
import type { Head, Segment } from "../../src/audit/store.ts";

/** What becomes of one call. `late`: no answer, and the write arrives at the next call, if it still fits. */
export type Fate = "well" | "refused" | "answerLost" | "late";

/** `fate` is asked at each call. */
export function memoryAuditStore(fate: (call: string) => Fate = () => "well"): AuditStore & {
  readonly heads: Map<string, { head: Head; version: number }>;
  readonly segments: Map<string, Segment>;
} {
  const heads = new Map<string, { head: Head; version: number }>();
  const segments = new Map<string, Segment>();
  let onItsWay: (() => void) | undefined;

  const call = async <T>(name: string, act: () => T): Promise<T> => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const arriving = onItsWay;
    onItsWay = undefined;
    const happens = fate(name);
    // What is late arrives before or after this call's own effect; here: before every second kind of call.
    if (name !== "readHead") arriving?.();
    if (happens === "refused") throw new Error(`${name}: refused`);
    if (happens === "late") {
      onItsWay = () => void act();
      arriving?.();
      throw new Error(`${name}: no answer yet`);
    }
    const result = act();
    if (name === "readHead") arriving?.();
    if (happens === "answerLost") throw new Error(`${name}: answer lost`);
    return result;
  };

  return {
    heads,
    segments,
    readHead: (shard) =>
      call("readHead", () => {
        const stored = heads.get(shard);
        return stored && { head: structuredClone(stored.head), version: String(stored.version) };
      }),
    swapHead: (head, version) =>
      call("swapHead", () => {
        const stored = heads.get(head.shard);
        if (version !== (stored && String(stored.version))) return { kind: "lost" };
        const next = { head: structuredClone(head), version: (stored?.version ?? 0) + 1 };
        heads.set(head.shard, next);
        return { kind: "done", version: String(next.version) };
      }),
    putSegment: (name, segment) => call("putSegment", () => void segments.set(name, structuredClone(segment))),
    readSegment: (name) => call("readSegment", () => structuredClone(segments.get(name))),
    listSegments: (shard) =>
      call("listSegments", () => [...segments].filter(([, segment]) => segment.shard === shard).map(([name]) => name)),
    deleteSegment: (name) => call("deleteSegment", () => void segments.delete(name)),
    listShards: () => call("listShards", () => [...heads.keys()]),
  };
}
