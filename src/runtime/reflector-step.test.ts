import { expect, test } from "vitest";

import { KubeError } from "../kube/index.ts";
import type { KubeErrorKind } from "../kube/index.ts";
import { initialState } from "./reflector-state.ts";
import type { ReflectorEffect, ReflectorInput, ReflectorState } from "./reflector-state.ts";
import { step } from "./reflector-step.ts";

const object = (name: string, resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "X",
  metadata: { name, resourceVersion },
});
type Input = ReflectorInput<ReturnType<typeof object>>;
type Effect = ReflectorEffect<ReturnType<typeof object>>;

/** Feeds inputs one after another; the clock moves by `gapMs` before each. */
function run(
  inputs: readonly Input[],
  { random = 0, gapMs = 0 } = {},
): { state: ReflectorState; effects: readonly Effect[] } {
  let state = initialState;
  let effects: readonly Effect[] = [];
  let now = 0;
  for (const input of inputs) {
    now += gapMs;
    ({ state, effects } = step(state, input, { now, random }));
  }
  return { state, effects };
}

const start: Input = { kind: "start" };
const woke: Input = { kind: "woke" };
const failed = (kind: KubeErrorKind, retryAfterMs?: number): Input => ({
  kind: "failed",
  error: new KubeError(kind, kind, retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const bookmark = (resourceVersion: string, initialEventsEnd = false): Input => ({
  kind: "event",
  event: { kind: "bookmark", resourceVersion, initialEventsEnd },
});
const event = (kind: "added" | "modified" | "deleted", resourceVersion: string): Input => ({
  kind: "event",
  event: { kind, object: object("a", resourceVersion) },
});
const page = (resourceVersion: string, continueToken?: string): Input => ({
  kind: "page",
  items: [object("a", resourceVersion)],
  resourceVersion,
  continueToken,
});
const synced: readonly Input[] = [start, event("added", "3"), bookmark("5", true)];
const listing: readonly Input[] = [start, failed("invalid")];
const kinds = (effects: readonly Effect[]) => effects.map((each) => each.kind);

test("begins with a stream of the initial state, which readers see only when it is whole", () => {
  const begun = run([start]);
  expect(begun.state.kind).toBe("streaming");
  expect(begun.effects).toMatchObject([{ kind: "discard" }, { kind: "watch", resourceVersion: undefined }]);
  expect(kinds(run([start, event("added", "3")]).effects)).toEqual(["stage"]);
  expect(kinds(run([start, event("added", "3"), event("deleted", "4")]).effects)).toEqual(["unstage"]);
  const whole = run(synced);
  expect(whole.state).toMatchObject({ kind: "watching", resourceVersion: "5" });
  expect(whole.effects).toEqual([{ kind: "commit", resourceVersion: "5" }]);
});

test.each<KubeErrorKind>(["invalid", "forbidden"])("lists in pages of 500 where the stream is %s", (kind) => {
  expect(run([start, failed(kind)]).effects).toMatchObject([{ kind: "discard" }, { kind: "list", limit: 500 }]);
});

test("never tries the stream again on a server that does not know it", () => {
  const relisted = run([...listing, page("5"), failed("gone"), woke]);
  expect(relisted.state.kind).toBe("listing");
});

test("after three broken streams in a row it lists", () => {
  const broken = [failed("timeout"), woke];
  expect(run([start, ...broken, ...broken]).state.kind).toBe("streaming");
  expect(run([start, ...broken, ...broken, ...broken]).state.kind).toBe("listing");
});

test("a server that is away is no reason to give up streaming", () => {
  const away = Array.from({ length: 8 }, () => [failed("unreachable"), woke]).flat();
  expect(run([start, ...away]).state.kind).toBe("streaming");
});

test("pages are staged one by one; the last one is committed and followed by a watch from its version", () => {
  expect(run([...listing, page("5", "token")]).effects).toMatchObject([
    { kind: "stage" },
    { kind: "list", limit: 500, continueToken: "token" },
  ]);
  expect(run([...listing, page("5", "token"), page("5")]).effects).toMatchObject([
    { kind: "stage" },
    { kind: "commit", resourceVersion: "5" },
    { kind: "watch", resourceVersion: "5" },
  ]);
});

test("a page that fails is asked for again after a wait, without beginning the list again", () => {
  const resumed = run([...listing, page("5", "token"), failed("server"), woke]);
  expect(resumed.effects).toEqual([{ kind: "list", limit: 500, continueToken: "token" }]);
});

test("410 in the middle of a list: it is taken whole, from its beginning", () => {
  expect(run([...listing, page("5", "token"), failed("gone")]).effects).toMatchObject([
    { kind: "report" },
    { kind: "discard" },
    { kind: "list", limit: 0, continueToken: undefined },
  ]);
});

test("410 in the stream: a new whole state, at once", () => {
  expect(kinds(run([...synced, failed("gone")], { gapMs: 20_000 }).effects)).toEqual(["report", "discard", "watch"]);
});

test("410 soon after a whole state waits first, so that it can't become a hot loop", () => {
  expect(run([...synced, failed("gone")]).effects).toMatchObject([{ kind: "report" }, { kind: "wait", ms: 800 }]);
});

test.each<KubeErrorKind>(["unreachable", "timeout", "malformed", "server", "throttled"])(
  "after %s it first asks whether the server still is the same, then goes on from where it was",
  (kind) => {
    const broken = [...synced, event("modified", "7"), failed(kind)];
    expect(run(broken).effects).toMatchObject([{ kind: "report" }, { kind: "wait" }]);
    expect(run([...broken, woke]).effects).toEqual([{ kind: "probe" }]);
    const same: Input = { kind: "probed", resourceVersion: "7", agrees: true };
    expect(run([...broken, woke, same]).effects).toMatchObject([{ kind: "watch", resourceVersion: "7" }]);
  },
);

test.each([
  ["6", true],
  ["9", false],
])(
  "a server that answers version %s, agreeing: %s, is another one: everything is read anew",
  (resourceVersion, agrees) => {
    const probed: Input = { kind: "probed", resourceVersion, agrees };
    const { state, effects } = run([...synced, event("modified", "7"), failed("unreachable"), woke, probed]);
    expect(state.kind).toBe("streaming");
    expect(kinds(effects)).toEqual(["discard", "watch"]);
  },
);

test("a watch that ends in good order goes on from the last version told, bookmarks included", () => {
  expect(run([...synced, bookmark("9"), { kind: "ended" }]).effects).toMatchObject([
    { kind: "watch", resourceVersion: "9" },
  ]);
});

test("a watch that ends as soon as it began is a failure", () => {
  const twice = [...synced, { kind: "ended" }, { kind: "ended" }] satisfies readonly Input[];
  expect(kinds(run(twice).effects)).toEqual(["report", "wait"]);
  expect(kinds(run(twice, { gapMs: 1_000 }).effects)).toEqual(["watch"]);
});

test("the wait doubles from 0.8 to 30 s with jitter, honours Retry-After, and starts over after two good minutes", () => {
  const waits = (count: number, random: number) =>
    run([start, ...Array.from({ length: count }, () => [failed("unreachable"), woke]).flat(), failed("unreachable")], {
      random,
    }).effects.at(-1);
  expect([0, 1, 2, 9].map((count) => waits(count, 0))).toMatchObject([800, 1_600, 3_200, 15_000].map((ms) => ({ ms })));
  expect(waits(9, 0.999)).toMatchObject({ ms: 15_000 * 1.999 });
  expect(run([start, failed("throttled", 42_000)]).effects.at(-1)).toEqual({ kind: "wait", ms: 42_000 });
  const rare = run([start, failed("unreachable"), woke, failed("unreachable")], { gapMs: 120_001 });
  expect(rare.effects.at(-1)).toEqual({ kind: "wait", ms: 800 });
});

test("watches last between five and ten minutes", () => {
  expect(run([start], { random: 0 }).effects.at(-1)).toMatchObject({ timeoutSeconds: 300 });
  expect(run([start], { random: 0.9999 }).effects.at(-1)).toMatchObject({ timeoutSeconds: 600 });
});

test("a type that vanished, or may not be read any more, is asked for again and again, with waits", () => {
  for (const kind of ["notFound", "forbidden", "unauthorized"] as const)
    expect(kinds(run([...synced, failed(kind)]).effects)).toEqual(["report", "wait"]);
});
