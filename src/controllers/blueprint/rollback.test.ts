// When a change that went well is taken back: a hard signal that began within the window, confirmed by the score, and no less.
import { describe, expect, test } from "vitest";
import type { Blueprint, BlueprintRun, Condition, HealthClass } from "../../api/index.ts";
import { aBlueprint, at, built, condition, digest, failed, noon, observing, succeeded } from "../fixtures.ts";
import { decide } from "./plan.ts";
import { rolledBackFinding } from "./rollback.ts";

const good = succeeded("Apply", 10, {}, { inputs: "sha256:good" });
const change = succeeded("Apply", 100, {}, { attempt: 2 });

interface Case {
  readonly conditions?: readonly Condition[];
  readonly health?: HealthClass;
  readonly scored?: number;
  readonly runs?: readonly BlueprintRun[];
  readonly rollback?: Blueprint["spec"]["rollback"];
  readonly now?: number;
}

const degraded: Condition = { ...condition("Degraded", "True", "Critical"), lastTransitionTime: at(160) };

function next({
  conditions = [degraded],
  health = "Critical",
  scored = 165,
  runs = [good, change],
  rollback = { automatic: true, window: "10m" },
  now = 170,
}: Case) {
  const scoredAs = { class: health, reasons: [], models: [], updateTime: at(scored) };
  const blueprint: Blueprint = {
    ...aBlueprint({ rollback, drift: { mode: "Ignore", interval: "1h" } }),
    status: { conditions: [condition("Ready", "True", "Succeeded"), ...conditions], health: scoredAs },
  };
  return decide(blueprint, observing({ runs, stack: built }), noon + now * 1000);
}

describe("a change that went well", () => {
  test("is taken back when a hard signal began within the window and the score confirms it", () => {
    expect(next({})).toMatchObject({
      kind: "startRun",
      request: {
        operation: "Rollback",
        cause: "Rollback",
        digest,
        rollbackTo: good.metadata.name,
        note: expect.stringMatching(/^Degraded became True \(Critical: .*health fell to Critical within 10m after run/),
      },
    });
    const unavailable = { ...condition("Available", "False", "Critical"), lastTransitionTime: at(100) };
    expect(next({ conditions: [unavailable], health: "Degraded" })).toMatchObject({
      request: { operation: "Rollback" },
    });
  });

  test.each<[string, Case]>([
    ["the score alone fell", { conditions: [] }],
    ["the score does not confirm the signal", { health: "Healthy" }],
    ["nobody knows the score", { health: "Unknown" }],
    ["the score is older than the change", { scored: 50 }],
    ["the signal was there before the change", { conditions: [{ ...degraded, lastTransitionTime: at(50) }] }],
    ["the window is over", { conditions: [{ ...degraded, lastTransitionTime: at(800) }], scored: 800, now: 801 }],
    ["only the operator's own Ready is False", { conditions: [condition("Ready", "False", "Drifted")] }],
    ["automatic rollback is not wanted", { rollback: { automatic: false, window: "10m" } }],
    ["there is nothing to go back to", { runs: [change] }],
    ["it only healed what was there", { runs: [succeeded("Apply", 10), change] }],
    ["it was tried before", { runs: [good, change, failed("Rollback", 150, "AccessDenied")] }],
    ["what was before was destroyed", { runs: [good, succeeded("Destroy", 20), change] }],
  ])("stays when %s", (_when, given) => {
    expect(next(given)).toMatchObject({ kind: "settled" });
  });

  test("stays taken back, and says why, until the spec changes", () => {
    const back = succeeded("Rollback", 180, {}, { note: "Degraded became True" });
    expect(next({ runs: [good, change, back], now: 200 })).toMatchObject({
      kind: "stalled",
      finding: { reason: "HealthRegressed", message: expect.stringContaining("Degraded became True") },
    });
    expect(rolledBackFinding([good, failed("Apply", 90, "QuotaExceeded"), back], back).reason).toBe("HealthRegressed");
  });
});
