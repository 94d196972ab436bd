import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLines, emptyTip, lineOf, link } from "./chain.ts";
import type { AuditEntry } from "./record.ts";
import { verifyLines } from "./verify.ts";

const entry: fc.Arbitrary<AuditEntry> = fc.record(
  {
    actor: fc.record({
      kind: fc.constantFrom("User" as const, "Operator" as const),
      name: fc.string({ unit: "binary" }),
    }),
    action: fc.constantFrom("BlueprintRun.planned", "BlueprintRun.applied"),
    object: fc.record({ kind: fc.constant("Blueprint"), namespace: fc.string(), name: fc.string(), uid: fc.uuid() }),
    result: fc.constantFrom("Started" as const, "Success" as const, "Failure" as const),
    run: fc.string(),
    plan: fc.string(),
    message: fc.string({ unit: "grapheme", maxLength: 40 }),
    decisions: fc.array(
      fc.record({
        point: fc.constant("Plan"),
        allow: fc.boolean(),
        requireApproval: fc.boolean(),
        bundle: fc.string(),
        input: fc.string(),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ["actor", "action", "object", "result"] },
);

function chainOf(entries: readonly AuditEntry[]): {
  readonly text: string;
  readonly tip: { seq: number; hash: string };
} {
  let tip = { ...emptyTip };
  let text = "";
  for (const [index, item] of entries.entries()) {
    const record = link(item, { tip, shard: "s0", epoch: 1 + Math.floor(index / 3), time: "2026-01-01T00:00:00.000Z" });
    tip = { seq: record.seq, hash: record.hash };
    text += `${lineOf(record)}\n`;
  }
  return { text, tip };
}

const chain = fc.array(entry, { minLength: 1, maxLength: 8 }).map(chainOf);

describe("a chain", () => {
  test("as it was written is intact", () => {
    fc.assert(
      fc.property(chain, ({ text, tip }) => {
        expect(verifyLines(text, "s0", { tip })).toEqual({
          kind: "intact",
          shard: "s0",
          from: 1,
          records: tip.seq,
          hash: tip.hash,
        });
      }),
    );
  });

  test("with any character of any record changed is broken at that record or the next", () => {
    fc.assert(
      fc.property(chain, fc.nat(), fc.integer({ min: 1, max: 0x7f }), ({ text, tip }, at, flip) => {
        const index = at % text.length;
        const changed =
          text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ flip) + text.slice(index + 1);
        const line = text.slice(0, index).split("\n").length;
        const found = verifyLines(changed, "s0", { tip });
        expect(found).toMatchObject({ kind: "broken" });
        if (found.kind === "broken") expect([line, line + 1]).toContain(found.at.seq);
      }),
      { numRuns: 2_000 },
    );
  });

  test("with any character taken out or put in is broken", () => {
    fc.assert(
      fc.property(chain, fc.nat(), fc.constantFrom("", " ", "x", "\n", "0"), ({ text, tip }, at, put) => {
        const index = at % text.length;
        const taken =
          put === "" ? text.slice(0, index) + text.slice(index + 1) : text.slice(0, index) + put + text.slice(index);
        expect(verifyLines(taken, "s0", { tip })).toMatchObject({ kind: "broken" });
      }),
      { numRuns: 1_000 },
    );
  });

  test("with records dropped, doubled or exchanged is broken at the first of them", () => {
    fc.assert(
      fc.property(chain, fc.nat(), fc.constantFrom("drop", "double", "exchange"), ({ text, tip }, at, how) => {
        const lines = text.trimEnd().split("\n");
        const index = at % lines.length;
        if (how === "exchange" && lines.length < 2) return;
        const first = how === "exchange" ? Math.min(index, lines.length - 2) : index;
        if (how === "drop") lines.splice(first, 1);
        if (how === "double") lines.splice(first, 0, lines[first] ?? "");
        if (how === "exchange") lines.splice(first, 2, lines[first + 1] ?? "", lines[first] ?? "");
        const found = verifyLines(lines.map((line) => `${line}\n`).join(""), "s0", { tip });
        expect(found).toMatchObject({ kind: "broken", at: { seq: how === "double" ? first + 2 : first + 1 } });
      }),
    );
  });

  test("rehashed from a changed record on is broken against the tip that was kept elsewhere", () => {
    const honest = chainOf([plain("a"), plain("b"), plain("c")]);
    const forged = chainOf([plain("a"), plain("x"), plain("c")]);
    expect(verifyLines(forged.text, "s0")).toMatchObject({ kind: "intact" });
    expect(verifyLines(forged.text, "s0", { tip: honest.tip })).toMatchObject({ kind: "broken" });
  });

  test("does not accept an older writer after a newer one", () => {
    const first = link(plain("a"), { tip: emptyTip, shard: "s0", epoch: 2, time: "t" });
    const second = link(plain("b"), { tip: first, shard: "s0", epoch: 1, time: "t" });
    const check = checkLines([lineOf(first), lineOf(second)], { shard: "s0", tip: emptyTip, epoch: 0 });
    expect(check).toMatchObject({ kind: "broken", at: { seq: 2 } });
  });

  test("of another shard is refused", () => {
    expect(verifyLines(chainOf([plain("a")]).text, "s1")).toMatchObject({ kind: "broken", at: { seq: 1 } });
  });
});

function plain(name: string): AuditEntry {
  return {
    actor: { kind: "Operator", name: "dharma" },
    action: "BlueprintRun.applied",
    object: { kind: "Blueprint", namespace: "shop", name, uid: name },
    result: "Success",
  };
}
