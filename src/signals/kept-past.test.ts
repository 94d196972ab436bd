import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../api/index.ts";
import { type ConditionHistory, conditionHistory, historyOf, mergeConditions } from "./condition-history.ts";
import { isWorthKeeping, type KeptPast, mergePasts, pastIn, textOf } from "./kept-past.ts";
import { joinOutcomes, type Outcomes } from "./outcomes.ts";
import { createPastKeeper } from "./past.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const minute = 60_000;
const day = 86_400_000;

const nothing: KeptPast = { notReady: [], restarts: [], warnings: [] };

/** Any time, of the future and of what is long forgotten too. */
const anyTime = fc.integer({ min: now - 100 * day, max: now + day });
/** Times of few different values, so that two pasts often share some. */
const sharedTime = fc.integer({ min: -40, max: 2 }).map((hours) => now + hours * 60 * minute);
const times = fc.array(fc.oneof(anyTime, sharedTime), { maxLength: 300 });
const spans = fc.array(
  fc.record({ from: fc.oneof(anyTime, sharedTime), to: fc.oneof(anyTime, sharedTime) }, { requiredKeys: ["from"] }),
  { maxLength: 80 },
);
const outcomes: fc.Arbitrary<Outcomes> = fc.record(
  {
    failedOperations: times,
    changeTimes: times,
    driftTimes: times,
    firstCheckTime: sharedTime,
    lastCheckTime: sharedTime,
  },
  { requiredKeys: ["failedOperations", "changeTimes", "driftTimes"] },
);
/** As anybody could have written it. */
const written: fc.Arbitrary<KeptPast> = fc.record(
  { notReady: spans, restarts: times, warnings: times, outcomes },
  { requiredKeys: ["notReady", "restarts", "warnings"] },
);
/** As a keeper holds it. */
const past = written.map((one) => mergePasts(one, nothing, now));

const object: KubeObject = { apiVersion: "v1", kind: "Thing", metadata: { name: "a", uid: "a" } };

describe("what is kept", () => {
  test("comes back as it was, from a memory and from its text", () => {
    fc.assert(
      fc.property(past, (kept) => {
        const first = createPastKeeper();
        first.restore("a", kept, now);
        const second = createPastKeeper();
        second.restore("a", pastIn(textOf(first.snapshot("a") ?? nothing, 1e6)) ?? nothing, now);
        expect(second.snapshot("a")).toEqual(kept);
        expect(second.of(object, now)).toEqual(first.of(object, now));
      }),
    );
  });

  test("is the same in whatever order and however often it is taken up", () => {
    fc.assert(
      fc.property(past, past, (one, other) => {
        const both = mergePasts(one, other, now);
        expect(mergePasts(other, one, now)).toEqual(both);
        expect(mergePasts(one, one, now)).toEqual(one);
        expect(mergePasts(both, both, now)).toEqual(both);
      }),
    );
  });

  test("loses no time by merging but for want of room, doubles none, and tells nothing of the future", () => {
    fc.assert(
      fc.property(written, written, (one, other) => {
        const both = mergePasts(one, other, now);
        const merged = new Set([...one.restarts, ...other.restarts].filter((t) => t <= now && t > now - 7 * day));
        expect(both.restarts).toEqual([...merged].toSorted((a, b) => a - b).slice(-256));
        const ends = both.notReady.flatMap(({ from, to = now }) => [from, to]);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(both.notReady.length).toBeLessThanOrEqual(64);
        for (const { to } of both.notReady.slice(0, -1)) expect(to).toBeDefined();
        const told = [...ends, ...both.restarts, ...(both.outcomes?.driftTimes ?? [])];
        expect(told.every((time) => time <= now)).toBe(true);
      }),
    );
  });

  test("fits, and what is newest of it stays", () => {
    fc.assert(
      fc.property(past, fc.integer({ min: 1_000, max: 8_000 }), (kept, most) => {
        const text = textOf(kept, most);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
        const back = pastIn(text);
        expect(back?.restarts).toEqual(kept.restarts.slice(kept.restarts.length - (back?.restarts.length ?? 0)));
        if (Buffer.byteLength(JSON.stringify(kept)) <= most) expect(back).toEqual(kept);
      }),
    );
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '"x"',
    '{"notReady":[],"restarts":[]}',
    '{"notReady":[],"restarts":["x"],"warnings":[]}',
    '{"notReady":[{"to":1}],"restarts":[],"warnings":[]}',
    '{"notReady":[{"from":1,"to":null}],"restarts":[],"warnings":[]}',
    '{"notReady":[],"restarts":[],"warnings":[-1]}',
    '{"notReady":[],"restarts":[],"warnings":[],"outcomes":{}}',
    '{"notReady":[],"restarts":[],"warnings":[],"outcomes":{"failedOperations":[],"changeTimes":[],"driftTimes":[],"lastCheckTime":"x"}}',
  ])("is nothing that can be read in %s", (text) => {
    expect(pastIn(text)).toBeUndefined();
  });

  test("is worth it where anything went wrong; changes and checks alone are not", () => {
    const well: Outcomes = { failedOperations: [], changeTimes: [now], driftTimes: [], firstCheckTime: now };
    expect(isWorthKeeping({ ...nothing, outcomes: well })).toBe(false);
    for (const wrong of [
      { notReady: [{ from: now }] },
      { restarts: [now] },
      { warnings: [now] },
      { outcomes: { ...well, failedOperations: [now] } },
      { outcomes: { ...well, driftTimes: [now] } },
    ])
      expect(isWorthKeeping({ ...nothing, ...wrong })).toBe(true);
  });
});

type Span = readonly [from: number, to?: number];
const historyIn = (minutes: readonly Span[], since?: number): ConditionHistory => {
  const history = historyOf(
    minutes.map(([from, to]) => ({
      from: now + from * minute,
      ...(to === undefined ? {} : { to: now + to * minute }),
    })),
  );
  return since === undefined ? history : { ...history, seenAt: now, since: now + since * minute };
};

describe("times without Ready of two memories", () => {
  test.each<readonly [string, ConditionHistory, ConditionHistory, readonly Span[]]>([
    [
      "are those of both",
      historyIn([[-90, -80]]),
      historyIn([[-50, -40]]),
      [
        [-90, -80],
        [-50, -40],
      ],
    ],
    ["are one where they overlap", historyIn([[-90, -70]]), historyIn([[-80, -40]]), [[-90, -40]]],
    ["end as one of them knows", historyIn([[-90]]), historyIn([[-90, -60]]), [[-90, -60]]],
    ["end when the other saw it ready since", historyIn([[-90]]), historyIn([], -60), [[-90, -60]]],
    ["are open while neither saw an end", historyIn([[-90]]), historyIn([], -100), [[-90]]],
    ["are open where both say so", historyIn([[-90]]), historyIn([[-90]]), [[-90]]],
    [
      "last no longer than is known",
      historyIn([[-90]]),
      historyIn([[-50, -40]]),
      [
        [-90, -90],
        [-50, -40],
      ],
    ],
    ["likewise before one that is open", historyIn([[-90]]), historyIn([[-50]]), [[-90, -90], [-50]]],
    ["go on from where another ended", historyIn([[-60]]), historyIn([[-90, -60]]), [[-90]]],
  ])("%s", (_, one, other, expected) => {
    for (const { spans: merged } of [mergeConditions(one, other, now), mergeConditions(other, one, now)])
      expect(
        merged.map(({ from, to }) => [from, ...(to === undefined ? [] : [to])].map((t) => (t - now) / minute)),
      ).toEqual(expected);
  });

  test("that was kept open ends by the condition of the next process, seen before or after it is restored", () => {
    const ready = {
      ...object,
      status: {
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "X",
            message: "",
            lastTransitionTime: new Date(now - 60 * minute).toISOString(),
          },
        ],
      },
    } as const;
    const kept = { ...nothing, notReady: [{ from: now - 90 * minute }] };
    const before = createPastKeeper();
    before.restore("a", kept, now);
    before.see(ready, now);
    const after = createPastKeeper();
    after.see(ready, now);
    after.restore("a", kept, now);
    const expected = [{ from: now - 90 * minute, to: now - 60 * minute }];
    expect([before, after].map((keeper) => keeper.of(object, now).notReady)).toEqual([expected, expected]);
  });

  test("of which nobody knows but that it is not ready now began anew", () => {
    const kept = historyIn([[-3 * 24 * 60]]);
    const at = new Date(now - minute).toISOString();
    const seen = conditionHistory(
      kept,
      [{ type: "Ready", status: "False", reason: "X", message: "", lastTransitionTime: at }],
      now,
    );
    expect(seen?.spans).toEqual([{ from: now - 3 * day, to: now - 3 * day }, { from: now - minute }]);
  });
});

test("of two memories of runs the one that looked first knows what was new", () => {
  const whole: Outcomes = {
    failedOperations: [],
    changeTimes: [now - 9 * day],
    driftTimes: [now - 5 * day],
    firstCheckTime: now - 9 * day,
    lastCheckTime: now - 2 * day,
  };
  // What was left of the runs names the old find as new.
  const left: Outcomes = { ...whole, driftTimes: [now - 2 * day, now - day], lastCheckTime: now - day };
  const both = { ...whole, driftTimes: [now - 5 * day, now - day], lastCheckTime: now - day };
  expect(joinOutcomes(whole, left, now)).toEqual(both);
  expect(joinOutcomes(left, whole, now)).toEqual(both);
});
