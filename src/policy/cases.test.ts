// The cases of policies/ once more, in the host that decides in production.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evaluatedByOpa, opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import { compiledBundle, createPolicyHost, type Decision, type PlanInput, type PolicyHost } from "./index.ts";

interface Case {
  readonly name: string;
  readonly given: Json;
  readonly without?: readonly string[];
  readonly want: { readonly requireApproval: boolean; readonly deny: string[]; readonly warn: string[] };
}
type Json = Readonly<Record<string, unknown>>;

const policies = join(import.meta.dirname, "../../policies");
const suite: { base: Json; cases: Case[] } = parse(await readFile(join(policies, "plan/plan_cases.yaml"), "utf8"));

const hosts = new Map<string, PolicyHost>();
let decide: (input: Json) => Promise<Decision>;
let expected: readonly unknown[];

beforeAll(async () => {
  const signal = new AbortController().signal;
  const opa = await opaPath();
  const bundle = await compiledBundle(policies, { opa, signal });
  // Settings are the host's to give, so each distinct one has a host.
  const hostWith = (settings: unknown): PolicyHost => {
    const known = hosts.get(JSON.stringify(settings));
    if (known !== undefined) return known;
    const host = createPolicyHost({
      bundles: { current: () => bundle },
      key: { id: "test", secret: new Uint8Array(32) },
      settings: () => (isObject(settings) ? settings : {}),
      clock: systemClock,
      limits: { threads: 1, deadlineMs: 20_000 },
    });
    hosts.set(JSON.stringify(settings), host);
    return host;
  };
  decide = ({ settings, ...input }) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- cases hold only what their rule looks at
    hostWith(settings).decide("Plan", input as unknown as PlanInput, { signal });
  expected = await evaluatedByOpa(
    policies,
    suite.cases.map(inputOf),
    "[d | some i in input.inputs; d := data.dharma.plan.decision with input as i]",
  );
});

afterAll(async () => {
  await Promise.all([...hosts.values()].map((host) => host.close()));
});

describe("every case of the Plan point decides in the wasm host as it does in opa", () => {
  test.each(suite.cases.map((entry, index) => ({ ...entry, index })))("$name", async (entry) => {
    const decision = await decide(inputOf(entry));
    expect({
      allow: decision.allow,
      requireApproval: decision.requireApproval,
      deny: decision.deny.map(({ rule }) => rule).toSorted(),
      warn: decision.warn.map(({ rule }) => rule).toSorted(),
    }).toEqual({ allow: entry.want.deny.length === 0, ...entry.want });
    const { point, bundle, input, settings: _, ...answer } = decision;
    expect(point).toBe("Plan");
    expect(bundle).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(input).toMatch(/^hmac-sha256:test:[0-9a-f]{64}$/);
    expect(unordered(answer)).toEqual(unordered(expected[entry.index]));
  });
});

function inputOf(entry: Case): Json {
  const merged = merge(suite.base, entry.given);
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !entry.without?.includes(name)));
}

function merge(base: Json, given: Json): Json {
  const entries = Object.entries(given).map(([name, value]) => {
    const under = base[name];
    return [name, isObject(under) && isObject(value) ? merge(under, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Findings and controls are sets: their order is no part of the answer. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unordered).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, unordered(item)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
