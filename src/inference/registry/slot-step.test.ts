// The life of a slot, by example and by what holds in every life.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { ModelProblem } from "../model/errors.ts";
import { defaultRaceRules, errorsOf, lossOf, newRace, counted, verdict } from "./race.ts";
import type { SlotChange } from "./slot-change.ts";
import type { SlotRules } from "./slot-outcomes.ts";
import {
  answering,
  baselineDigest,
  challengers,
  emptySlot,
  type Entry,
  holding,
  type SlotState,
} from "./slot-state.ts";
import { type SlotEvent, step } from "./slot-step.ts";

const rules: SlotRules = { ...defaultRaceRules, loss: "brier" };
const entry = (digest: string): Entry => ({ digest, version: digest, source: "test" });
const admitted = (digest: string): SlotEvent => ({ kind: "admitted", model: entry(digest), standing: "new" });
const outcome = (predicted: Readonly<Record<string, number>>, actual = 1): SlotEvent => ({
  kind: "outcome",
  outcome: { predicted, actual },
});
const failed = (digest: string, problem: ModelProblem = "BadOutput", at = 0): SlotEvent => ({
  kind: "failed",
  digest,
  problem,
  at,
});

/** A life: the last state and everything that happened on the way. */
function lived(events: readonly SlotEvent[], from: SlotState = emptySlot): { state: SlotState; changes: SlotChange[] } {
  const changes: SlotChange[] = [];
  let state = from;
  for (const event of events) {
    const next = step(state, event, rules);
    state = next.state;
    changes.push(...next.changes);
  }
  return { state, changes };
}
const told = (changes: readonly SlotChange[]) => changes.map(({ kind, model }) => `${kind} ${model.digest}`);
const digests = (entries: readonly Entry[]) => entries.map(({ digest }) => digest);
const times = (count: number, event: SlotEvent): SlotEvent[] => Array.from({ length: count }, () => event);

describe("a slot", () => {
  test("takes its first model at once, and compares the next with it", () => {
    const { state, changes } = lived([admitted("a"), admitted("b"), admitted("b")]);
    expect(told(changes)).toEqual(["activated a", "shadowing b"]);
    expect(digests(answering(state, 0))).toEqual(["a"]);
    expect(digests(challengers(state))).toEqual(["b"]);
  });

  test("takes the newest shadow, and one that was replaced again when it comes back", () => {
    const { changes } = lived([admitted("a"), admitted("b"), admitted("c"), admitted("b")]);
    expect(told(changes).slice(1)).toEqual(["shadowing b", "withdrawn b", "shadowing c", "withdrawn c", "shadowing b"]);
  });

  test("promotes a shadow that is better, after enough outcomes, and keeps the former as the last good one", () => {
    const better = outcome({ a: 0.5, b: 0.9 });
    const early = lived([admitted("a"), admitted("b"), ...times(99, better)]);
    expect(digests(answering(early.state, 0))).toEqual(["a"]);
    const { state, changes } = lived([better], early.state);
    expect(told(changes)).toEqual(["promoted b"]);
    expect(digests(answering(state, 0))).toEqual(["b", "a"]);
  });

  test("lets a shadow go that is worse, or never gets better", () => {
    expect(told(lived([admitted("a"), admitted("b"), ...times(100, outcome({ a: 0.9, b: 0.5 }))]).changes)).toContain(
      "discarded b",
    );
    const equal = [admitted("a"), admitted("b"), ...times(5_000, outcome({ a: 0.9, b: 0.9 }))];
    expect(told(lived(equal.slice(0, -1)).changes)).not.toContain("discarded b");
    expect(told(lived(equal).changes)).toContain("discarded b");
  });

  test("steps down to the baseline when that is better, and comes back when it isn't any more", () => {
    const worse = outcome({ a: 0.5, [baselineDigest]: 0.9 });
    const down = lived([admitted("a"), ...times(100, worse)]);
    expect(told(down.changes)).toEqual(["activated a", "steppedDown a"]);
    expect(answering(down.state, 0)).toEqual([]);
    expect(digests(challengers(down.state))).toEqual(["a"]);
    expect(told(lived(times(100, worse), down.state).changes)).toEqual([]);
    const back = lived(times(100, outcome({ a: 0.9, [baselineDigest]: 0.5 })), down.state);
    expect(told(back.changes)).toEqual(["cameBack a"]);
  });

  test("compares a new model with the baseline while that answers", () => {
    const down = lived([admitted("a"), ...times(100, outcome({ a: 0.5, [baselineDigest]: 0.9 })), admitted("b")]);
    const { state, changes } = lived(times(100, outcome({ a: 0.5, b: 0.99, [baselineDigest]: 0.9 })), down.state);
    expect(told(changes)).toEqual(["discarded a", "promoted b"]);
    expect(digests(answering(state, 0))).toEqual(["b"]);
  });

  test("counts losses that are told where they are its measure, and only there", () => {
    const losses: SlotEvent = { kind: "outcome", outcome: { losses: { a: 0.2, b: 0.1, [baselineDigest]: NaN } } };
    const two = lived([admitted("a"), admitted("b")]).state;
    const run = (event: SlotEvent, loss: SlotRules["loss"]) =>
      Array.from({ length: 100 }).reduce<SlotState>((state) => step(state, event, { ...rules, loss }).state, two);
    const after = run(losses, "told");
    expect(digests(answering(after, 0))).toEqual(["b", "a"]);
    expect(run(losses, "brier")).toBe(two);
    expect(run(outcome({ a: 0.5, b: 0.9 }), "told")).toBe(two);
  });

  test("lets others answer for a while after a failure, and a model go whose batches stay bad", () => {
    const two = lived([admitted("a"), admitted("b"), ...times(100, outcome({ a: 0.5, b: 0.9 }))]).state;
    const held = lived([failed("b", "BadOutput", 1_000)], two).state;
    expect(digests(answering(held, 1_001))).toEqual(["a"]);
    expect(digests(answering(held, 31_000))).toEqual(["b", "a"]);
    expect(lived([{ kind: "worked", digest: "b" }], held).state).toEqual(two);
    const { state, changes } = lived([failed("b"), failed("b")], held);
    expect(told(changes)).toEqual(["discarded b", "rolledBack a"]);
    expect(digests(answering(state, 0))).toEqual(["a"]);
    expect(lived(times(3, failed("a")), state).state).toEqual(emptySlot);
  });

  test("keeps a model that is slow or has lost its thread, and only waits longer", () => {
    const one = lived([admitted("a")]).state;
    for (const problem of ["TooSlow", "Unavailable"] as const) {
      const { state, changes } = lived(times(20, failed("a", problem, 0)), one);
      expect(changes).toEqual([]);
      expect(answering(state, 1)).toEqual([]);
      expect(digests(answering(state, 3_600_001))).toEqual(["a"]);
    }
  });

  test("lets a shadow go at its first bad answer, and at its third that is late", () => {
    const two = lived([admitted("a"), admitted("b")]).state;
    expect(told(lived([failed("b")], two).changes)).toEqual(["discarded b"]);
    expect(told(lived(times(2, failed("b", "TooSlow")), two).changes)).toEqual([]);
    expect(told(lived(times(3, failed("b", "TooSlow")), two).changes)).toEqual(["discarded b"]);
  });

  test("goes back to the last good model when the source takes the active one away", () => {
    const two = lived([admitted("a"), admitted("b"), ...times(100, outcome({ a: 0.5, b: 0.9 }))]).state;
    const { state, changes } = lived([{ kind: "withdrawn", digest: "b" }], two);
    expect(told(changes)).toEqual(["withdrawn b", "rolledBack a"]);
    expect(lived([{ kind: "withdrawn", digest: "a" }], state).state).toEqual(emptySlot);
  });

  test("takes a model back that had been promoted before a restart", () => {
    const earned: SlotEvent = { kind: "admitted", model: entry("b"), standing: "earned" };
    expect(digests(answering(lived([admitted("a"), earned]).state, 0))).toEqual(["b", "a"]);
  });
});

const names = ["a", "b", "c", "d"];
const digest = fc.constantFrom(...names);
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const event: fc.Arbitrary<readonly SlotEvent[]> = fc.oneof(
  digest.map((name) => [admitted(name)]),
  digest.map((name): SlotEvent[] => [{ kind: "withdrawn", digest: name }]),
  digest.map((name): SlotEvent[] => [{ kind: "worked", digest: name }]),
  fc
    .tuple(digest, fc.constantFrom<ModelProblem>("BadOutput", "TooSlow", "Unavailable"), fc.nat(1e6))
    .map(([name, problem, at]) => [failed(name, problem, at)]),
  fc
    .tuple(fc.dictionary(fc.constantFrom(...names, baselineDigest), probability), fc.constantFrom(0, 1), fc.nat(150))
    .map(([predicted, actual, count]) => times(count, outcome(predicted, actual))),
);

describe("in every life of a slot", () => {
  test("a model has one role, what is held was admitted, and what goes is told", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: SlotState = emptySlot;
        const admittedEver = new Set<string>();
        for (const each of events.flat()) {
          if (each.kind === "admitted") admittedEver.add(each.model.digest);
          const before = new Set(digests(holding(state)));
          const { state: next, changes } = step(state, each, rules);
          const held = digests(holding(next)).filter((name, index, all) => all.indexOf(name) === index);
          const roles = [
            ...(next.kind === "active" ? [next.active, ...(next.previous === undefined ? [] : [next.previous])] : []),
            ...challengers(next),
          ];
          expect(new Set(digests(roles)).size).toBe(roles.length);
          expect(held.every((name) => admittedEver.has(name))).toBe(true);
          const gone = [...before].filter((name) => !held.includes(name));
          const toldGone = changes.filter(({ kind }) => kind === "discarded" || kind === "withdrawn");
          // The last good one is let go without a word when another takes its place.
          const previous = state.kind === "active" ? state.previous?.digest : undefined;
          for (const name of gone)
            expect(name === previous || toldGone.some(({ model }) => model.digest === name)).toBe(true);
          state = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("nobody answers who did not have the lower error over enough outcomes, or a place that was free", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: SlotState = emptySlot;
        for (const each of events.flat()) {
          const { state: next, changes } = step(state, each, rules);
          for (const { kind, model } of changes) {
            if (kind !== "promoted" && kind !== "steppedDown" && kind !== "cameBack") continue;
            expect(each.kind).toBe("outcome");
            if (each.kind !== "outcome" || state.kind === "empty") throw new Error("nothing was compared");
            const race =
              kind === "steppedDown"
                ? state.kind === "active" && state.baseline
                : kind === "cameBack"
                  ? state.kind === "steppedDown" && state.down.race
                  : state.shadow?.model.digest === model.digest && state.shadow.race;
            if (!race) throw new Error(`${kind} without a race`);
            expect(race.outcomes + 1).toBeGreaterThanOrEqual(rules.minOutcomes);
          }
          state = next;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a race", () => {
  test("between equals is open, whatever chance brings: one in a hundred is decided at most", () => {
    const random = seededRandom(42);
    let decided = 0;
    for (let run = 0; run < 300; run += 1) {
      let race = newRace;
      for (let count = 0; count < 500; count += 1) {
        race = counted(race, random(), random(), defaultRaceRules);
        if (verdict(race, defaultRaceRules) === "open") continue;
        decided += 1;
        break;
      }
    }
    expect(decided).toBeLessThanOrEqual(3);
  });

  test("forgets: the worse of long ago may be the better of now", () => {
    let race = newRace;
    for (let count = 0; count < 2_000; count += 1) race = counted(race, 0, 1, defaultRaceRules);
    expect(verdict(race, defaultRaceRules)).toBe("worse");
    for (let count = 0; count < 4_000; count += 1) race = counted(race, 1, 0, defaultRaceRules);
    expect(verdict(race, defaultRaceRules)).toBe("better");
    expect(errorsOf(race)?.answering).toBeGreaterThan(0.9);
  });

  test.each([
    ["brier", 0.8, 1, 0.04],
    ["absolute", 8, 10, 2],
    ["logLoss", 1, 1, 1e-6],
    ["logLoss", 0, 1, 13.8],
  ] as const)("%s of %d for %d is %d", (loss, predicted, actual, expected) => {
    expect(lossOf(loss, predicted, actual)).toBeCloseTo(expected, 1);
    expect(lossOf(loss, NaN, actual)).toBeUndefined();
  });
});
