// Decisions as counters: by result, and by rule, once each; never more series than there is room for.
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { Decision, Finding, PolicyHost } from "../../policy/index.ts";
import { countedHost, maxRules } from "./decision-metrics.ts";

const signal = new AbortController().signal;
const finding = (rule: string, resource = ""): Finding => ({
  rule,
  resource,
  message: "",
  controls: [],
  severity: "Low",
});

async function counted(decisions: readonly Partial<Decision>[]): Promise<string> {
  const registry = new Registry();
  const answers = decisions.values();
  const host: PolicyHost = {
    decide: async (point) => {
      const next = answers.next().value ?? {};
      return { point, allow: true, requireApproval: false, deny: [], warn: [], bundle: "", input: "", ...next };
    },
    evaluate: () => Promise.reject(new Error("not asked")),
    close: async () => undefined,
  };
  const metered = countedHost(host, registry);
  for (const _ of decisions) await metered.decide("Edge", {}, { signal });
  return registry.metrics();
}

test("decisions are counted by result", async () => {
  const text = await counted([
    {},
    { requireApproval: true },
    { allow: false, requireApproval: true, deny: [finding("a")] },
  ]);
  for (const result of ["allow", "approve", "deny"])
    expect(text).toContain(`dharma_policy_decisions_total{point="Edge",result="${result}"} 1`);
});

test("a rule that refuses two resources of one plan counts once", async () => {
  const denied = { allow: false, deny: [finding("a.b", "x"), finding("a.b", "y"), finding("c.d")] };
  const text = await counted([denied, denied]);
  expect(text).toContain('dharma_policy_denials_total{point="Edge",rule="a.b"} 2');
  expect(text).toContain('dharma_policy_denials_total{point="Edge",rule="c.d"} 2');
});

test("rules without number share one series", async () => {
  const many = Array.from({ length: maxRules + 10 }, (_, index) => ({
    allow: false,
    deny: [finding(`own.r${index}`)],
  }));
  const text = await counted(many);
  expect(text.match(/^dharma_policy_denials_total\{/gm)).toHaveLength(maxRules + 1);
  expect(text).toContain('dharma_policy_denials_total{point="Edge",rule="other"} 10');
});

test("what was never decided is not counted", async () => {
  const registry = new Registry();
  const gone = () => Promise.reject(new Error("gone"));
  const host: PolicyHost = { decide: gone, evaluate: gone, close: async () => undefined };
  await expect(countedHost(host, registry).decide("Edge", {}, { signal })).rejects.toThrow("gone");
  expect(await registry.metrics()).not.toMatch(/^dharma_policy_decisions_total\{/m);
});
