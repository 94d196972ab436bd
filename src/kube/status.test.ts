import { expect, test } from "vitest";

import type { KubeErrorKind } from "./errors.ts";
import { errorFromStatus } from "./status.ts";

const status = (code: number, reason: string, details = {}) =>
  JSON.stringify({ kind: "Status", status: "Failure", message: `says ${reason}`, reason, code, details });

test.each<[number, string, KubeErrorKind]>([
  [404, "NotFound", "notFound"],
  [409, "AlreadyExists", "alreadyExists"],
  [409, "Conflict", "conflict"],
  [410, "Expired", "gone"],
  [410, "Gone", "gone"],
  [429, "TooManyRequests", "throttled"],
  [422, "Invalid", "invalid"],
  [400, "BadRequest", "invalid"],
  [401, "Unauthorized", "unauthorized"],
  [403, "Forbidden", "forbidden"],
  [500, "ServerTimeout", "timeout"],
  [504, "Timeout", "timeout"],
  [500, "InternalError", "server"],
  [503, "ServiceUnavailable", "server"],
])("%d %s is %s", (code, reason, kind) => {
  const error = errorFromStatus("get Pod a/b", code, status(code, reason));
  expect(error).toMatchObject({ kind, status: code, reason });
  expect(error.message).toContain(`get Pod a/b: says ${reason}`);
});

test("Retry-After comes from the header, else from the details", () => {
  expect(errorFromStatus("x", 429, "slow down", "3").retryAfterMs).toBe(3_000);
  expect(errorFromStatus("x", 429, status(429, "TooManyRequests", { retryAfterSeconds: 2 })).retryAfterMs).toBe(2_000);
  expect(errorFromStatus("x", 429, "slow down", "Fri, 31 Dec 1999 23:59:59 GMT").retryAfterMs).toBeUndefined();
});

test("an ERROR event carries its own code", () => {
  expect(errorFromStatus("watch pods", 200, JSON.parse(status(410, "Expired")))).toMatchObject({
    kind: "gone",
    status: 410,
  });
});

test("plain text of a proxy is quoted", () => {
  expect(errorFromStatus("get x", 502, "<html>bad gateway</html>").message).toBe("get x: <html>bad gateway</html>");
});

test("a 4xx was certainly not acted upon, a 5xx may have been", () => {
  expect(errorFromStatus("x", 422, "").delivery).toBe("no");
  expect(errorFromStatus("x", 500, "").delivery).toBe("unknown");
});
