import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition } from "../api/object.ts";
import { type Evidence, type HealthSubject, scoreHealth } from "./index.ts";

const now = Date.UTC(2026, 0, 1);

const condition = (type: string, status: Condition["status"], reason = "Because", message = ""): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

const subject = (conditions: readonly Condition[], more: Partial<HealthSubject> = {}): HealthSubject => ({
  kind: "Blueprint",
  namespace: "shop",
  name: "web-shop",
  uid: "u1",
  generation: 2,
  observedGeneration: 2,
  conditions,
  ...more,
});

/** Nothing is known but the conditions. */
const noEvidence: Evidence = { threshold: 0.5 };
const scoreOf = (one: HealthSubject, at: number) => scoreHealth(one, noEvidence, at);

describe("conditions score", () => {
  test.each<[string, readonly Condition[], number, string]>([
    ["ready", [condition("Ready", "True")], 100, "Healthy"],
    [
      "ready and still working on something",
      [condition("Ready", "True"), condition("Reconciling", "True")],
      100,
      "Healthy",
    ],
    ["drifted, to be healed", [condition("Ready", "True"), condition("Drifted", "True")], 75, "Degraded"],
    [
      "drifted, not to be healed",
      [condition("Ready", "False", "Drifted"), condition("Drifted", "True")],
      60,
      "Degraded",
    ],
    ["failed", [condition("Ready", "False", "QuotaExceeded")], 30, "Critical"],
    ["failed for good", [condition("Ready", "False", "InvalidSpec"), condition("Stalled", "True")], 15, "Critical"],
    [
      "all of it",
      [
        condition("Ready", "False"),
        condition("Stalled", "True"),
        condition("Drifted", "True"),
        condition("Degraded", "True"),
      ],
      0,
      "Critical",
    ],
    [
      "a condition that says no trouble",
      [condition("Ready", "True"), condition("Stalled", "False"), condition("Drifted", "Unknown")],
      100,
      "Healthy",
    ],
  ])("%s", (_, conditions, score, healthClass) => {
    expect(scoreOf(subject(conditions), now)).toMatchObject({
      score,
      class: healthClass,
      models: [{ name: "conditions", version: "1" }],
      updateTime: "2026-01-01T00:00:00.000Z",
    });
  });

  test.each<[string, HealthSubject, RegExp]>([
    ["no conditions", subject([]), /no Ready condition/],
    ["ready unknown", subject([condition("Ready", "Unknown", "AwaitingApproval", "wait")]), /wait/],
    [
      "an older generation",
      subject([condition("Ready", "True")], { observedGeneration: 1 }),
      /generation 1, the spec is at 2/,
    ],
    [
      "an older generation by the condition",
      subject([{ ...condition("Ready", "True"), observedGeneration: 1 }]),
      /generation 1/,
    ],
  ])("no data is Unknown, not 100: %s", (_, given, why) => {
    const health = scoreOf(given, now);
    expect(health.class).toBe("Unknown");
    expect(health).not.toHaveProperty("score");
    expect(health.reasons[0]?.message).toMatch(why);
  });
});

const anyConditions = fc.array(
  fc
    .tuple(
      fc.constantFrom("Ready", "Stalled", "Drifted", "Degraded", "Reconciling"),
      fc.constantFrom<Condition["status"]>("True", "False"),
      fc.constantFrom("Drifted", "Other"),
    )
    .map(([type, status, reason]) => condition(type, status, reason)),
  { maxLength: 6 },
);

test("a condition that gets worse never raises the score", () => {
  fc.assert(
    fc.property(anyConditions, fc.constantFrom("Stalled", "Drifted", "Degraded"), (conditions, type) => {
      const others = conditions.filter((other) => other.type !== type);
      const better = scoreOf(subject([...others, condition(type, "False")]), now).score;
      const worse = scoreOf(subject([...others, condition(type, "True")]), now).score;
      if (better === undefined || worse === undefined) expect(worse).toBe(better);
      else expect(worse).toBeLessThanOrEqual(better);
    }),
  );
  fc.assert(
    fc.property(anyConditions, (conditions) => {
      const others = conditions.filter(({ type }) => type !== "Ready");
      const score = (...ready: Condition[]) => scoreOf(subject([...others, ...ready]), now).score ?? 0;
      expect(score(condition("Ready", "False", "Drifted"))).toBeLessThanOrEqual(score(condition("Ready", "True")));
      expect(score(condition("Ready", "False"))).toBeLessThanOrEqual(score(condition("Ready", "False", "Drifted")));
    }),
  );
});

test("the reasons' shares are whole and give 100, or there is nothing lost", () => {
  const drift = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(anyConditions, drift, (conditions, probability) => {
      const judged = { because: [], model: { name: "m", version: "1" } };
      const evidence = probability === undefined ? noEvidence : { ...noEvidence, drift: { ...judged, probability } };
      const { reasons, score } = scoreHealth(subject(conditions), evidence, now);
      const total = reasons.reduce((sum, { contributionPercent }) => sum + contributionPercent, 0);
      expect(reasons.every(({ contributionPercent }) => Number.isInteger(contributionPercent))).toBe(true);
      expect(total).toBe(reasons.length === 0 ? 0 : 100);
      if (reasons.length === 0) expect(score).toBe(100);
    }),
  );
});

test("what nobody looks after is Unknown, not Critical", () => {
  const conditions = [condition("Ready", "False", "NotImplemented"), condition("Stalled", "True", "NotImplemented")];
  expect(scoreOf(subject(conditions), now)).toMatchObject({ class: "Unknown" });
});
