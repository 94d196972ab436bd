// Replays: the built-in rules decide the same again, and what differs is told finding by finding.
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compileRego, opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import {
  type Bundle,
  compareDecisions,
  compiledBundle,
  createPolicyHost,
  type Decision,
  type Finding,
  keepInput,
  type KeptInput,
  keptDigest,
  type PastDecision,
  readReplayFile,
  replayDecision,
  replayFile,
  verify,
} from "./index.ts";

const signal = new AbortController().signal;
const clock = systemClock;

const finding = (rule: string, more: Partial<Finding> = {}): Finding => ({
  rule,
  message: `${rule} is wrong`,
  resource: "urn:pulumi:s::p::t::assets",
  controls: [],
  severity: "High",
  ...more,
});
const past = (more: Partial<PastDecision> = {}): PastDecision => ({
  allow: true,
  requireApproval: false,
  deny: [],
  warn: [],
  bundle: "sha256:a",
  settings: "sha256:s",
  ...more,
});
const now = (more: Partial<PastDecision> = {}): Decision => ({ point: "Plan", input: "x", ...past(more) });

describe("a comparison", () => {
  const a = finding("a.b");
  test.each<[string, PastDecision, Decision, object]>([
    ["of equal decisions is the same", past({ warn: [a] }), now({ warn: [a] }), { same: true, changes: [] }],
    [
      "under another bundle with equal findings is the same, and tells of the bundle",
      past(),
      now({ bundle: "sha256:b" }),
      { same: true, sameBundle: false },
    ],
    ["of another verdict differs", past(), now({ requireApproval: true }), { same: false, changes: [] }],
    [
      "names what appeared and what went",
      past({ allow: false, deny: [a] }),
      now({ warn: [finding("c.d")] }),
      {
        same: false,
        changes: [
          { rule: "a.b", before: { level: "deny" } },
          { rule: "c.d", after: { level: "warn" } },
        ],
      },
    ],
    [
      "tells a finding that is only taken otherwise from one that went",
      past({ allow: false, deny: [a] }),
      now({ warn: [a] }),
      { same: false, changes: [{ rule: "a.b", before: { level: "deny" }, after: { level: "warn" } }] },
    ],
    [
      "keeps findings of one rule at two resources apart",
      past({ warn: [a, finding("a.b", { resource: "other" })] }),
      now({ warn: [a] }),
      { same: false, changes: [{ rule: "a.b", resource: "other", before: { level: "warn" } }] },
    ],
    [
      "pairs equal messages before it calls one changed",
      past({ warn: [finding("a.b", { message: "1" }), finding("a.b", { message: "2" })] }),
      now({ warn: [finding("a.b", { message: "2" }), finding("a.b", { message: "3" })] }),
      { changes: [{ before: { message: "1" }, after: { message: "3" } }] },
    ],
    [
      "leaves out what the operator itself said of exceptions that are not attested",
      past({ warn: [finding("policy.exception")] }),
      now(),
      { same: true },
    ],
  ])("%s", (_name, then, again, expected) => {
    expect(compareDecisions(then, again)).toMatchObject(expected);
  });
});

describe("a replay", () => {
  let builtIn: Bundle;
  let kept: KeptInput;
  let recorded: Decision;

  beforeAll(async () => {
    builtIn = await compiledBundle(join(import.meta.dirname, "..", "..", "policies"), { opa: await opaPath(), signal });
    const host = createPolicyHost({
      bundles: { current: () => builtIn },
      key: { id: "k", secret: new Uint8Array(32).fill(3) },
      settings: () => ({ allowedRegions: ["eu-central-1"] }),
      clock,
      limits: { deadlineMs: 60_000 },
    });
    const blueprint = { namespace: "shop", name: "web", uid: "u", generation: 1, labels: {}, provider: "aws" };
    const texts: string[] = [];
    recorded = await host.decide(
      "Plan",
      {
        time: "2026-11-01T00:00:00Z",
        actor: { kind: "Operator", name: "dharma" },
        blueprint: { ...blueprint, region: "eu-west-1", approval: "OnRisk" },
        operation: "Apply",
        cause: "SpecChange",
        plan: "sha256:00",
        resources: [],
        cost: { before: "0", after: "1", currency: "USD", unknownResources: [] },
      },
      { signal, onInput: (text) => texts.push(text) },
    );
    await host.close();
    kept = keepInput("Plan", texts[0] ?? "");
  }, 240_000);

  test("by the bundle that decided is the same, of the very text that was judged", { timeout: 120_000 }, async () => {
    expect(recorded.deny.map(({ rule }) => rule)).toContain("dharma.region.not-allowed");
    const { decision, sameInput } = await replayDecision(kept, { bundles: [builtIn], clock, signal });
    expect(sameInput).toBe(true);
    expect(compareDecisions(recorded, decision)).toEqual({
      same: true,
      sameBundle: true,
      sameSettings: true,
      changes: [],
    });
  });

  test("under other settings shows which findings go", { timeout: 120_000 }, async () => {
    const settings = { allowedRegions: ["eu-west-1"] };
    const { decision } = await replayDecision(kept, { bundles: [builtIn], settings, clock, signal });
    const comparison = compareDecisions(recorded, decision);
    expect(comparison).toMatchObject({ same: false, sameBundle: true, sameSettings: false });
    expect(comparison.changes.map(({ rule, after: again }) => [rule, again])).toContainEqual([
      "dharma.region.not-allowed",
      undefined,
    ]);
  });

  test("by several bundles joins what they deny", { timeout: 120_000 }, async () => {
    const own = await compileRego({
      "plan.rego": `package dharma.plan
decision := {"allow": false, "requireApproval": false, "deny": [f], "warn": []}
f := {"rule": "own.never", "message": "no", "resource": "", "controls": [], "severity": "High"}`,
    });
    const { decision } = await replayDecision(kept, { bundles: [builtIn, own], clock, signal });
    expect(compareDecisions(recorded, decision).changes).toMatchObject([
      { rule: "own.never", after: { level: "deny" } },
    ]);
  });

  test("of a file finds the input it wrote, and refuses one that was changed", () => {
    const written = { ...past(), ...recorded, inputDigest: keptDigest(kept) };
    const text = replayFile({ kept, past: written }, "web-1");
    const read = readReplayFile(text, "Admission");
    if (typeof read === "string") throw new Error(read);
    expect(read.kept).toEqual(kept);
    expect(verify(read)).toBe("verified");
    const changed = readReplayFile(text.replace('"region": "eu-west-1"', '"region": "eu-west-2"'), "Plan");
    if (typeof changed === "string") throw new Error(changed);
    expect(verify(changed)).toBe("another");
  });

  test.each([
    ["{", /no JSON/],
    ["[]", /no object/],
    ['{"input":{},"point":"Elsewhere"}', /no decision point "Elsewhere"/],
  ])("of the file %s says what is wrong", (text, says) => {
    expect(readReplayFile(text, "Plan")).toMatch(says);
  });

  test("of an input alone masks it like any other", () => {
    const read = readReplayFile('{"namespace":"shop","password":"hunter2"}', "Admission");
    expect(read).toMatchObject({ kept: { point: "Admission" } });
    expect(JSON.stringify(read)).not.toContain("hunter2");
  });
});
