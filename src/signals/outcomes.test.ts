import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Blueprint, BlueprintRun, BlueprintRunStatus, Cause, Operation, Reason } from "../api/index.ts";
import { apiVersion } from "../api/index.ts";
import { driftFactsOf, mergeOutcomes, neighboursOf, type Outcomes, outcomesOf } from "./outcomes.ts";

const noon = Date.parse("2026-11-22T12:00:00Z");
const hour = 3_600_000;
const day = 24 * hour;
const now = noon + 10 * day;

function run(
  operation: Operation,
  hours: number,
  status: Partial<BlueprintRunStatus> = {},
  cause: Cause = "SpecChange",
): BlueprintRun {
  return {
    apiVersion,
    kind: "BlueprintRun",
    metadata: { name: `${operation}-${hours}` },
    spec: { blueprintRef: { name: "shop", uid: "u", generation: 1 }, operation, cause, attempt: 1 },
    status: {
      phase: "Succeeded",
      completionTime: new Date(noon + hours * hour).toISOString(),
      ...status,
    },
  };
}

/** A check that found these properties of one resource. */
function check(hours: number, ...changed: readonly string[]): BlueprintRun {
  const resource = { kind: "changed", urn: "urn:a", type: "t", name: "a", changed } as const;
  const drifted = changed.length === 0 ? [] : [resource];
  return run(
    "Refresh",
    hours,
    { drift: { checkedResources: 3, driftedResources: drifted.length, resources: drifted } },
    "Schedule",
  );
}

const hoursOf = (times: readonly number[]) => times.map((time) => (time - noon) / hour);

describe("the outcomes of runs", () => {
  test("are nothing of nothing, and nothing of what has not ended", () => {
    const { completionTime: _, ...open } = run("Apply", 0).status ?? {};
    const none = { failedOperations: [], changeTimes: [], driftTimes: [] };
    expect(outcomesOf([], now)).toEqual(none);
    expect(outcomesOf([{ ...run("Apply", 0), status: { ...open, phase: "Running" } }], now)).toEqual(none);
    expect(outcomesOf([run("Apply", 300)], now)).toEqual(none);
  });

  test("are failures of the cloud and the engine, not refusals", () => {
    const failed = (hours: number, reason: Reason) =>
      run("Apply", hours, {
        phase: "Failed",
        error: { reason, message: "" },
      });
    const runs = [
      failed(3, "AccessDenied"),
      failed(1, "PolicyDenied"),
      failed(2, "QuotaExceeded"),
      run("Apply", 4, { phase: "Cancelled" }),
    ];
    expect(hoursOf(outcomesOf(runs, now).failedOperations)).toEqual([2, 3]);
  });

  test("are changes that were wanted; healing is none, and a preview changes nothing", () => {
    const runs = [run("Apply", 1), run("Apply", 2, {}, "Drift"), run("Rollback", 3), run("Plan", 4), run("Refresh", 5)];
    expect(hoursOf(outcomesOf(runs, now).changeTimes)).toEqual([1, 3]);
  });

  test.each<[string, readonly BlueprintRun[], readonly number[]]>([
    ["each new find", [check(1, "tags"), check(2), check(3, "tags")], [1, 3]],
    ["the same find only once", [check(1, "tags"), check(2, "tags"), check(3, "tags")], [1]],
    ["a find beside the one that is known", [check(1, "tags"), check(2, "tags", "size")], [1, 2]],
    ["nothing when a part was put right", [check(1, "tags", "size"), check(2, "size")], [1]],
    [
      "the same find again after it was healed",
      [check(1, "tags"), run("Apply", 2, {}, "Drift"), check(3, "tags")],
      [1, 3],
    ],
    ["nothing of a check that came to no result", [run("Refresh", 1), run("Refresh", 2, { phase: "Failed" })], []],
  ])("are %s", (_, runs, times) => {
    expect(hoursOf(outcomesOf(runs, now).driftTimes)).toEqual(times);
  });

  test("are when checks began and when the last came to a result", () => {
    const outcomes = outcomesOf([run("Apply", 1), check(5), check(2), run("Refresh", 9, { phase: "Failed" })], now);
    expect([outcomes.firstCheckTime, outcomes.lastCheckTime]).toEqual([noon + hour, noon + 5 * hour]);
  });
});

describe("merging", () => {
  test("keeps what was seen of runs that were deleted since", () => {
    const all = [run("Apply", 0), check(1, "tags"), check(2, "tags"), run("Apply", 3), check(4), check(5, "size")];
    const earlier = outcomesOf(all.slice(0, 3), now);
    expect(mergeOutcomes(earlier, outcomesOf(all.slice(2), now), now)).toEqual(outcomesOf(all, now));
  });

  test("of what was seen run by run, each time with only the newest kept, is what the whole list tells", () => {
    const kinds = fc.constantFrom("apply", "heal", "clean", "tags", "size", "failed");
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 30 }), (drawn) => {
        const all = drawn.map((kind, index) => {
          if (kind === "apply") return run("Apply", index);
          if (kind === "heal") return run("Apply", index, {}, "Drift");
          if (kind === "failed") return run("Apply", index, { phase: "Failed" });
          return kind === "clean" ? check(index) : check(index, kind);
        });
        let seen: Outcomes | undefined;
        for (let end = 1; end <= all.length; end += 1) {
          const window = all.slice(0, end);
          // As the operator prunes: the last change and the last check always stay.
          const kept = window.filter(
            (each, index) =>
              index >= end - 3 ||
              each ===
                window.findLast(({ spec, status }) => spec.operation === "Apply" && status?.phase === "Succeeded") ||
              each === window.findLast(({ spec }) => spec.operation === "Refresh"),
          );
          const present = outcomesOf(kept, now);
          seen = seen === undefined ? present : mergeOutcomes(seen, present, now);
        }
        expect(seen ?? outcomesOf([], now)).toEqual(outcomesOf(all, now));
      }),
    );
  });
});

test("drift facts carry the neighbours and what is done about drift, and are none where nobody looks", () => {
  const outcomes = outcomesOf([check(1, "tags")], now);
  const blueprint = (mode: string) => ({ spec: { drift: { mode } }, status: { resources: 7 } }) as unknown as Blueprint;
  const around = neighboursOf([outcomes, { driftTimes: [now - day, now - 8 * day, now + 1] }], now);
  expect(around).toEqual({ neighbours: 2, neighbourDrifts: 1 });
  expect(driftFactsOf(blueprint("Propose"), outcomes, around)).toEqual({
    firstCheckTime: noon + hour,
    lastCheckTime: noon + hour,
    driftTimes: [noon + hour],
    changeTimes: [],
    resources: 7,
    healing: "Report",
    neighbours: 2,
    neighbourDrifts: 1,
  });
  expect(driftFactsOf(blueprint("Heal"), outcomes)).toMatchObject({ healing: "Heal" });
  expect(driftFactsOf(blueprint("Ignore"), outcomes)).toBeUndefined();
});
