import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition, Event, KubeObject } from "../api/index.ts";
import { type ConditionHistory, conditionHistory } from "./condition-history.ts";
import type { KeptPast } from "./kept-past.ts";
import { createPastKeeper, type PastKeeper } from "./past.ts";
import { type ContainerRestarts, type RestartHistory, restartHistory } from "./restart-history.ts";
import { warnedAt, warningHistory } from "./warning-history.ts";

const noon = Date.parse("2026-11-22T12:00:00Z");
const minute = 60_000;
const day = 86_400_000;
const iso = (time: number) => new Date(time).toISOString();

function ready(status: Condition["status"], since: number): readonly Condition[] {
  return [{ type: "Ready", status, reason: "X", message: "", lastTransitionTime: iso(since) }];
}

type Look = readonly [at: number, status: Condition["status"], since: number];

/** Looks at `[minute of the look, status, minute of the transition]`. */
function look(...looks: readonly Look[]): ConditionHistory | undefined {
  return looks.reduce<ConditionHistory | undefined>(
    (before, [at, status, since]) => conditionHistory(before, ready(status, noon + since * minute), noon + at * minute),
    undefined,
  );
}
const minutes = (history: ConditionHistory | undefined) =>
  history?.spans.map(({ from, to }) => [(from - noon) / minute, to === undefined ? undefined : (to - noon) / minute]);

describe("spans without Ready", () => {
  test.each<readonly [string, readonly Look[], readonly (readonly (number | undefined)[])[]]>([
    ["none of what is ready", [[10, "True", 0]], []],
    ["open since the transition", [[10, "False", 4]], [[4, undefined]]],
    ["none of what is being made, which is Unknown", [[10, "Unknown", 4]], []],
    [
      "closed when work on it begins",
      [
        [10, "False", 4],
        [12, "Unknown", 11],
      ],
      [[4, 11]],
    ],
    [
      "closed by the transition back",
      [
        [10, "False", 4],
        [20, "True", 15],
      ],
      [[4, 15]],
    ],
    [
      "one more after it",
      [
        [10, "False", 4],
        [20, "True", 15],
        [30, "False", 25],
      ],
      [
        [4, 15],
        [25, undefined],
      ],
    ],
    [
      "none where it is not known what came and went between two looks",
      [
        [10, "True", 0],
        [20, "True", 15],
      ],
      [],
    ],
    [
      "apart when it changed unseen, by no more than was seen",
      [
        [10, "False", 4],
        [12, "False", 4],
        [300, "False", 250],
      ],
      [
        [4, 12],
        [250, undefined],
      ],
    ],
    [
      "one when nothing lay between",
      [
        [10, "False", 4],
        [16, "True", 15],
        [30, "False", 15],
      ],
      [[4, undefined]],
    ],
    [
      "from when they were seen where the condition says nothing better",
      [
        [10, "True", -500],
        [20, "False", -500],
        [30, "True", -500],
        [40, "False", -500],
      ],
      [
        [20, 30],
        [40, undefined],
      ],
    ],
    ["a clock ahead counts from now", [[10, "False", 14]], [[10, undefined]]],
    [
      "a look that comes late changes nothing",
      [
        [20, "True", 0],
        [10, "False", 5],
      ],
      [],
    ],
  ])("are %s", (_, looks, expected) => {
    expect(minutes(look(...looks))).toEqual(expected);
  });

  test("are as they were when there is no Ready, or one without a time", () => {
    const before = look([10, "False", 4]);
    expect(conditionHistory(before, [], noon + day)).toBe(before);
    expect(conditionHistory(undefined, [], noon)).toBeUndefined();
    const [condition] = ready("True", noon);
    if (condition === undefined) throw new Error("a condition");
    expect(conditionHistory(before, [{ ...condition, lastTransitionTime: "" }], noon + day)).toBe(before);
  });

  test("are in order, apart, in the past, and never more than 64", () => {
    const step = fc.record({
      after: fc.integer({ min: 0, max: 2 * day }),
      status: fc.constantFrom<Condition["status"]>("True", "False", "Unknown"),
      ago: fc.integer({ min: -day, max: day }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let now = noon;
        let history: ConditionHistory | undefined;
        for (const { after, status, ago } of steps) {
          now += after;
          history = conditionHistory(history, ready(status, now - ago), now);
          const spans = history?.spans ?? [];
          expect(spans.length).toBeLessThanOrEqual(64);
          expect(spans.at(-1) !== undefined && spans.at(-1)?.to === undefined).toBe(status === "False");
          for (const [index, { from, to }] of spans.entries()) {
            expect(from).toBeLessThanOrEqual(to ?? now);
            expect(to ?? now).toBeLessThanOrEqual(now);
            if (index < spans.length - 1) expect(to).toBeLessThanOrEqual(spans[index + 1]?.from ?? 0);
          }
        }
      }),
    );
  });
});

function warning(uid: string, time: number, part: Partial<Event> = {}): Event {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "e", namespace: "shop" },
    eventTime: iso(time),
    reason: "Failed",
    action: "Apply",
    type: "Warning",
    regarding: { uid },
    reportingController: "c",
    reportingInstance: "i",
    ...part,
  };
}

describe("warnings", () => {
  test("count once however often they are listed, and again when they happen again", () => {
    const again = warning("a", noon, { series: { count: 2, lastObservedTime: iso(noon + minute) } });
    const times = [warning("a", noon), warning("a", noon), again, again].reduce<readonly number[]>(
      (before, event) => warningHistory(before, event, noon + day),
      [],
    );
    expect(times).toEqual([noon, noon + minute]);
  });

  test("are forgotten after a week, are 256 at most, and are no normal events", () => {
    expect(warningHistory([noon], warning("a", noon + 8 * day), noon + 8 * day)).toEqual([noon + 8 * day]);
    const many = Array.from({ length: 300 }, (_, n) => noon + n);
    expect(warningHistory(many, warning("a", noon + 300), noon + day)).toHaveLength(256);
    expect(warnedAt(warning("a", noon, { type: "Normal" }))).toBeUndefined();
  });

  test("of the core group tell their time by the deprecated field", () => {
    const { eventTime: _, ...core } = warning("a", 0);
    expect(warnedAt({ ...core, eventTime: null, deprecatedLastTimestamp: iso(noon) })).toBe(noon);
  });
});

describe("restarts", () => {
  const container = (restartCount: number, finished?: number): readonly ContainerRestarts[] => [
    {
      name: "app",
      restartCount,
      ...(finished === undefined ? {} : { lastState: { terminated: { finishedAt: iso(finished) } } }),
    },
  ];
  const seen = (...looks: readonly (readonly ContainerRestarts[])[]) =>
    looks.reduce<RestartHistory | undefined>((before, each) => restartHistory(before, each, noon), undefined)?.times;

  test.each<[string, readonly (readonly ContainerRestarts[])[], readonly number[]]>([
    ["none at first", [container(0)], []],
    ["the newest of those before the first look", [container(5, noon - minute)], [noon - minute]],
    ["none of those before the first look that do not say when", [container(5)], []],
    [
      "each since the last look",
      [container(1, noon - day), container(3, noon - minute)],
      [noon - day, noon - minute - 1, noon - minute],
    ],
    ["none more when nothing happened", [container(1, noon - day), container(1, noon - day)], [noon - day]],
    ["none when the count begins anew", [container(5), container(0)], []],
    ["none in the future", [container(0), container(1, noon + minute)], [noon]],
  ])("are %s", (_, looks, times) => {
    expect(seen(...looks)).toEqual(times);
  });
});

describe("a keeper", () => {
  const object = (uid: string): KubeObject & { status: { conditions: readonly Condition[] } } => ({
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: uid, uid, creationTimestamp: iso(noon - 3_600_000) },
    status: { conditions: ready("False", noon - minute) },
  });

  test("tells everything seen of an object, and of another one only its age", () => {
    const keeper = createPastKeeper();
    keeper.seeEvent("a", warning("a", noon - 5), noon);
    keeper.seeEvent("a", warning("a", noon, { type: "Normal" }), noon);
    keeper.see(object("a"), noon);
    keeper.seeRestarts("a", "pod-1", [{ name: "x", restartCount: 0 }], noon - 10);
    keeper.seeRestarts("a", "pod-1", [{ name: "x", restartCount: 1 }], noon);
    const [restart = 0] = keeper.of(object("a"), noon).restarts;
    expect(noon - restart).toBeLessThan(1000);
    expect(keeper.of(object("a"), noon)).toEqual({
      ageSeconds: 3600,
      notReady: [{ from: noon - minute }],
      restarts: [restart],
      warnings: [noon - 5],
      failedOperations: [],
    });
    const nothing = { notReady: [], restarts: [], warnings: [], failedOperations: [] };
    expect(keeper.of(object("b"), noon)).toEqual({ ageSeconds: 3600, ...nothing });
    expect(keeper.of(object("a"), noon - 2 * minute)).toMatchObject({ ageSeconds: 3480, ...nothing });
  });

  test("forgets what is gone, and what is longest without news when there is too much", () => {
    const keeper = createPastKeeper({ maxObjects: 2 });
    for (const uid of ["a", "b", "c"]) keeper.see(object(uid), noon);
    keeper.see(object("b"), noon + 1);
    keeper.see(object("d"), noon + 2);
    const known = ["a", "b", "c", "d"].filter((uid) => keeper.of(object(uid), noon + 3).notReady.length > 0);
    expect([known, keeper.size]).toEqual([["b", "d"], 2]);
    keeper.forget("b");
    expect(keeper.of(object("b"), noon + 3).notReady).toEqual([]);
    expect(keeper.size).toBe(1);
  });

  test("keeps counts of 64 Pods of one object at most, and none of a Pod that is gone, but the restarts of all", () => {
    const keeper = createPastKeeper();
    const see = (pod: number, restartCount: number, now = noon + day - 1) =>
      keeper.seeRestarts("a", `pod-${pod}`, [{ name: "x", restartCount }], now);
    for (let pod = 0; pod < 100; pod += 1) {
      see(pod, 0, noon + 2000 * pod);
      see(pod, 1, noon + 2000 * pod);
    }
    const restarts = () => keeper.of(object("a"), noon + day).restarts.length;
    expect(restarts()).toBe(100);
    see(0, 2); // forgotten, and it does not say when it happened
    expect(restarts()).toBe(100);
    see(99, 2);
    expect(restarts()).toBe(101);
    keeper.forgetPod("a", "pod-98");
    see(98, 2);
    expect(restarts()).toBe(101);
  });

  test("counts what several Pods did within one second once each, however often it looks", () => {
    const keeper = createPastKeeper();
    const containers = [{ name: "x", restartCount: 1, lastState: { terminated: { finishedAt: iso(noon) } } }];
    for (let times = 0; times < 3; times += 1)
      for (const pod of ["one", "two", "three"]) {
        keeper.seeRestarts("a", pod, containers, noon + minute);
        keeper.seeEvent("a", warning(pod, noon), noon + minute);
      }
    const { restarts, warnings } = keeper.of(object("a"), noon + minute);
    expect([restarts.length, warnings.length]).toEqual([3, 3]);
    for (const time of [...restarts, ...warnings]) expect(Math.ceil(time / 1000) * 1000).toBe(noon);
  });

  test("tells what is news, once, and nothing of what it restored", () => {
    const told: string[] = [];
    const keeper = createPastKeeper({ onNews: (uid, news) => told.push(`${uid} ${news}`) });
    const restarted = [{ name: "x", restartCount: 1, lastState: { terminated: { finishedAt: iso(noon) } } }];
    const lookAtAll = (to: PastKeeper, now: number) => {
      to.see(object("a"), now);
      to.seeRestarts("b", "pod", restarted, now);
      to.seeEvent("c", warning("c", noon), now);
    };
    lookAtAll(keeper, noon);
    expect(told).toEqual(["a happened", "b happened", "c warned"]);
    lookAtAll(keeper, noon + 1);
    const closed = { ...object("a"), status: { conditions: ready("True", noon + minute) } };
    keeper.see(closed, noon + 2 * minute);
    keeper.see(closed, noon + 3 * minute);
    expect(told.slice(3)).toEqual(["a happened"]);

    const later: string[] = [];
    const next = createPastKeeper({ onNews: (uid, news) => later.push(`${uid} ${news}`) });
    for (const uid of ["a", "b", "c"]) next.restore(uid, keptBy(keeper, uid), noon + 4 * minute);
    next.see(closed, noon + 5 * minute);
    next.seeRestarts("b", "pod", restarted, noon + 5 * minute);
    next.seeEvent("c", warning("c", noon), noon + 5 * minute);
    expect(later).toEqual([]);
  });
});

function keptBy(keeper: PastKeeper, uid: string): KeptPast {
  const kept = keeper.snapshot(uid);
  if (kept === undefined) throw new Error(`nothing is known of ${uid}`);
  return kept;
}
