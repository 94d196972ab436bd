import { expect, test } from "vitest";

import { KubeError } from "./errors.ts";
import type { KubeErrorKind } from "./errors.ts";
import { retryDelay } from "./retry.ts";

const attempt = (error: KubeError, over: Partial<Parameters<typeof retryDelay>[0]> = {}) =>
  retryDelay({ error, failures: 1, repeatable: true, remainingMs: 30_000, random: 0, ...over });

test.each<[KubeErrorKind, boolean, boolean]>([
  // kind, a get is repeated, a create is repeated
  ["throttled", true, true],
  ["server", true, false],
  ["timeout", true, false],
  ["malformed", true, false],
  ["unreachable", true, false],
  ["notFound", false, false],
  ["conflict", false, false],
  ["alreadyExists", false, false],
  ["gone", false, false],
  ["invalid", false, false],
  ["forbidden", false, false],
  ["unauthorized", false, false],
])("after %s a get is repeated: %s, a create: %s", (kind, get, create) => {
  const error = new KubeError(kind, "x", { delivery: "unknown" });
  expect(attempt(error) !== undefined).toBe(get);
  expect(attempt(error, { repeatable: false }) !== undefined).toBe(create);
});

test("a create that was certainly never sent is repeated", () => {
  expect(attempt(new KubeError("unreachable", "x", { delivery: "no" }), { repeatable: false })).toBeGreaterThan(0);
});

test("Retry-After is a lower bound, and a wait that passes the deadline is not begun", () => {
  const error = new KubeError("throttled", "x", { status: 429, retryAfterMs: 7_000 });
  expect(attempt(error)).toBe(7_000);
  expect(attempt(error, { remainingMs: 7_000 })).toBeUndefined();
});

test("the backoff doubles up to its bound, with jitter", () => {
  const error = new KubeError("server", "x", { status: 500 });
  expect([1, 2, 3, 9].map((failures) => attempt(error, { failures }))).toEqual([100, 200, 400, 2_500]);
  expect(attempt(error, { random: 0.5 })).toBe(150);
});
