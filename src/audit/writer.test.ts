// The writer against a store that loses answers, fails and delays: what was acknowledged is there, once, in order.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Fate, memoryAuditStore } from "../../test/support/audit-store.ts";
import { systemClock } from "../kube/clock.ts";
import { type AuditEntry, type AuditLog, AuditUnavailable, createAuditLog } from "./index.ts";
import { verifyShard } from "./verify.ts";
import { openWriter } from "./writer.ts";

const signal = new AbortController().signal;
const keys = { current: { id: "k1", secret: new Uint8Array(32).fill(1) }, former: [] };

const entry = (name: string): AuditEntry => ({
  actor: { kind: "Operator", name: "dharma" },
  action: "BlueprintRun.applied",
  object: { kind: "Blueprint", namespace: "shop", name, uid: name },
  result: "Success",
});

const open = (store = memoryAuditStore(), holder = "a", limits = {}) =>
  openWriter({ store, shard: "s0", holder, clock: systemClock, keys, signal, limits });

async function namesIn(store: ReturnType<typeof memoryAuditStore>): Promise<string[]> {
  const log = createAuditLog({ store, holder: "reader", shardOf: () => "s0", clock: systemClock, keys });
  const lines: string[] = [];
  for await (const line of log.export("s0", { signal })) lines.push(line);
  return lines.map((line) => {
    const record: AuditEntry = JSON.parse(line);
    return record.object.name;
  });
}

describe("a writer", () => {
  test("commits what waits together in one write", async () => {
    let swaps = 0;
    const store = memoryAuditStore((call) => {
      if (call === "swapHead") swaps += 1;
      return "well";
    });
    const writer = await open(store);
    const receipts = await Promise.all(Array.from({ length: 50 }, (_, n) => writer.append(entry(`e${n}`), signal)));
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(swaps).toBe(2); // taking over, and one batch
    expect(await namesIn(store)).toEqual(Array.from({ length: 50 }, (_, n) => `e${n}`));
  });

  test("seals full heads into segments that verify as one chain", async () => {
    const store = memoryAuditStore();
    const writer = await open(store, "a", { openBytes: 1_000, batch: 3 });
    await Promise.all(Array.from({ length: 40 }, (_, n) => writer.append(entry(`e${n}`), signal)));
    expect(store.segments.size).toBeGreaterThan(5);
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "intact", records: 40 });
  });

  test("keeps no more segments than it may, and the rest verifies from where it begins", async () => {
    const store = memoryAuditStore();
    const writer = await open(store, "a", { openBytes: 1, keepSegments: 4 });
    for (let n = 1; n <= 30; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each is sealed before the next
      await writer.append(entry(`e${n}`), signal);
      expect(store.segments.size).toBeLessThanOrEqual(5);
    }
    const verified = await verifyShard({ store, shard: "s0", keys, signal });
    expect(verified).toMatchObject({ kind: "intact" });
    if (verified.kind === "intact") expect(verified.from + verified.records).toBe(31);
    expect((await namesIn(store)).at(-1)).toBe("e30");
    const stored = store.heads.get("s0");
    if (stored?.head.anchor === undefined) throw new Error("nothing was let go");
    const { anchor: _, ...head } = stored.head;
    store.heads.set("s0", { ...stored, head });
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "broken" });
    await expect(open(store)).rejects.toMatchObject({ name: "AuditBroken" });
  });

  test("is fenced by the next one, which goes on where it stopped", async () => {
    const store = memoryAuditStore();
    const first = await open(store, "a");
    await first.append(entry("one"), signal);
    const second = await open(store, "b");
    await expect(first.append(entry("two"), signal)).rejects.toMatchObject({ name: "AuditFenced" });
    await expect(first.append(entry("three"), signal)).rejects.toMatchObject({ name: "AuditFenced" });
    expect(await second.append(entry("four"), signal)).toMatchObject({ seq: 2 });
    expect(await namesIn(store)).toEqual(["one", "four"]);
  });

  test("takes an entry back that was aborted while it waited", async () => {
    const store = memoryAuditStore();
    const writer = await open(store);
    const stop = new AbortController();
    const kept = writer.append(entry("kept"), signal);
    const aborted = writer.append(entry("aborted"), stop.signal);
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await kept;
    expect(await namesIn(store)).toEqual(["kept"]);
  });

  test("refuses an entry that is too long or no JSON", async () => {
    const writer = await open();
    await expect(writer.append({ ...entry("a"), run: "x".repeat(20_000) }, signal)).rejects.toMatchObject({
      name: "AuditRefused",
    });
    await expect(
      writer.append(
        { ...entry("a"), decisions: [{ ...decision, requireApproval: Number.NaN as unknown as boolean }] },
        signal,
      ),
    ).rejects.toMatchObject({ name: "AuditRefused" });
    expect(await writer.append({ ...entry("b"), message: "x".repeat(20_000).slice(0, 9_000) }, signal)).toMatchObject({
      seq: 1,
    });
  });

  test("keeps what a lost answer hid, and does not write it twice", async () => {
    const fates: Fate[] = [];
    const store = memoryAuditStore((call) => (call === "swapHead" ? (fates.shift() ?? "well") : "well"));
    const writer = await open(store);
    fates.push("answerLost");
    expect(await writer.append(entry("one"), signal)).toMatchObject({ seq: 1 });
    expect(await writer.append(entry("two"), signal)).toMatchObject({ seq: 2 });
    expect(await namesIn(store)).toEqual(["one", "two"]);
  });

  test("goes on after a write that failed and arrives later", async () => {
    const fates: Fate[] = [];
    const store = memoryAuditStore((call) => (call === "swapHead" ? (fates.shift() ?? "well") : "well"));
    const writer = await open(store);
    fates.push("late");
    await expect(writer.append(entry("late"), signal)).rejects.toBeInstanceOf(AuditUnavailable);
    await expect(writer.append(entry("next"), signal)).rejects.toBeInstanceOf(AuditUnavailable);
    expect(await writer.append(entry("next"), signal)).toMatchObject({ seq: 2 });
    expect(await namesIn(store)).toEqual(["late", "next"]);
  });
});

const decision = { point: "Plan", allow: true, requireApproval: false, bundle: "", input: "" };

describe("tampering", () => {
  test("with the head stops the writer that comes next", async () => {
    const store = memoryAuditStore();
    await (await open(store)).append(entry("one"), signal);
    const stored = store.heads.get("s0");
    if (stored === undefined) throw new Error("no head");
    store.heads.set("s0", { ...stored, head: { ...stored.head, open: [], tip: { seq: 0, hash: "0".repeat(64) } } });
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "intact", records: 0 });
    store.heads.set("s0", { ...stored, head: { ...stored.head, open: [] } });
    await expect(open(store)).rejects.toMatchObject({ name: "AuditBroken", seq: 1 });
  });

  test("with the tail, rehashed, is found by the head's seal", async () => {
    const store = memoryAuditStore();
    const other = memoryAuditStore();
    await (await open(store)).append(entry("one"), signal);
    const forger = await openWriter({ store: other, shard: "s0", holder: "a", clock: systemClock, signal });
    await forger.append(entry("forged"), signal);
    const stored = store.heads.get("s0");
    const forged = other.heads.get("s0");
    if (stored?.head.seal === undefined || forged === undefined) throw new Error("no head");
    store.heads.set("s0", { ...forged, head: { ...forged.head, seal: stored.head.seal } });
    expect(await verifyShard({ store, shard: "s0", signal })).toMatchObject({ kind: "intact" });
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "broken", at: { seq: 1 } });
  });

  test("by deleting the head while segments are left begins no new chain", async () => {
    const store = memoryAuditStore();
    const writer = await open(store, "a", { openBytes: 1 });
    for (const name of ["one", "two", "three"]) {
      // oxlint-disable-next-line no-await-in-loop -- each fills the head
      await writer.append(entry(name), signal);
    }
    store.heads.clear();
    await expect(writer.append(entry("four"), signal)).rejects.toMatchObject({ name: "AuditBroken" });
    await expect(open(store)).rejects.toThrow(/segments of it are left/);
  });

  test("with a segment, or by taking one away, is found", async () => {
    const store = memoryAuditStore();
    const writer = await open(store, "a", { openBytes: 1 });
    for (const name of ["one", "two", "three", "four"]) {
      // oxlint-disable-next-line no-await-in-loop -- each fills the head
      await writer.append(entry(name), signal);
    }
    const [name, segment] = [...store.segments][1] ?? [];
    if (name === undefined || segment === undefined) throw new Error("no segment");
    store.segments.set(name, { ...segment, lines: segment.lines.map((line) => line.replace("two", "TWO")) });
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "broken", at: { seq: 2 } });
    store.segments.delete(name);
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "broken", at: { seq: 2 } });
    store.segments.set(name, { shard: "s0", lines: [] });
    expect(await verifyShard({ store, shard: "s0", keys, signal })).toMatchObject({ kind: "broken" });
  });
});

test("whatever the network does and however often replicas take over, what was acknowledged is in the chain once and in order", async () => {
  const fate = fc.constantFrom<Fate>("well", "well", "well", "well", "refused", "answerLost", "late");
  const keep = fc.constantFrom(2, 1_000);
  const step = fc.record({ replica: fc.nat({ max: 1 }), entries: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { maxLength: 80 }),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      keep,
      async (fates, steps, keepSegments) => {
        const queue = [...fates];
        const store = memoryAuditStore((call) => (call.startsWith("list") ? "well" : (queue.shift() ?? "well")));
        const options = {
          store,
          shardOf: () => "s0",
          clock: systemClock,
          keys,
          limits: { openBytes: 1_500, batch: 3, keepSegments },
        };
        const [a, b] = [createAuditLog({ ...options, holder: "a" }), createAuditLog({ ...options, holder: "b" })];
        const replicas: readonly AuditLog[] = [a, b];
        const acknowledged: { readonly name: string; readonly seq: number }[] = [];
        const wrong: unknown[] = [];
        let n = 0;
        const doing = steps.map(async ({ replica, entries }) => {
          const names = Array.from({ length: entries }, () => `e${(n += 1)}`);
          const appended = await Promise.allSettled(
            names.map((name) => (replicas[replica] ?? a).append(entry(name), { signal })),
          );
          for (const [index, result] of appended.entries()) {
            if (result.status === "fulfilled") acknowledged.push({ name: names[index] ?? "", seq: result.value.seq });
            else if (!/AuditFenced|AuditUnavailable/.test(String(result.reason?.name))) wrong.push(result.reason);
          }
        });
        await Promise.all(doing);
        queue.length = 0;
        await Promise.all(replicas.map((replica) => replica.close()));
        expect(wrong).toEqual([]);
        const verified = await verifyShard({ store, shard: "s0", keys, signal });
        if (verified.kind === "broken") throw new Error(JSON.stringify(verified));
        const names = await namesIn(store);
        expect(new Set(names).size).toBe(names.length);
        expect(keepSegments === 2 || verified.from === 1).toBe(true);
        const kept = acknowledged.filter(({ seq }) => seq >= verified.from);
        for (const { name, seq } of kept) expect(names[seq - verified.from]).toBe(name);
      },
    ),
    { numRuns: 150 },
  );
});
