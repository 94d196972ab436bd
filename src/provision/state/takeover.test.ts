import { describe, expect, test } from "vitest";
import { isStateError } from "./errors.ts";
import type { Head } from "./head.ts";
import type { Takeover } from "./stack.ts";
import { assertMayTake } from "./takeover.ts";

const lease = { holder: "a", expireTime: 1_000, renewals: 3 };
const free: Head = {
  format: 1,
  id: { organization: "o", project: "p", stack: "s" },
  uid: "u",
  createdTime: 0,
  epoch: 7,
  version: 0,
  writeId: "w",
  dataKey: { keyId: "k1", wrapped: "" },
  tags: {},
  earlier: [],
  artifacts: {},
  garbage: [],
};
const held: Head = { ...free, lease };
const cancelled: Head = { ...free, predecessor: lease };
const removing: Head = { ...free, removing: "content" };
const expired = (providerTimeoutMs: number): Takeover => ({ kind: "leaseExpired", providerTimeoutMs });
const dead = (holder: string): Takeover => ({ kind: "proofOfDeath", holder, evidence: "pid 7 is gone" });

describe("taking a stack", () => {
  test.each<[string, Head, string, Takeover, number, number, "taken" | "held"]>([
    ["nobody holds it", free, "b", { kind: "free" }, 0, 0, "taken"],
    ["the same holder comes again", held, "a", { kind: "free" }, 0, 0, "taken"],
    ["somebody holds it", held, "b", { kind: "free" }, 5_000, 9_999, "held"],
    ["its holder is proven dead", held, "b", dead("a"), 0, 0, "taken"],
    ["somebody else is proven dead", held, "b", dead("x"), 0, 0, "held"],
    ["the lease is over", held, "b", expired(0), 1_000, 100, "taken"],
    ["the lease is over, a provider call may not be", held, "b", expired(500), 1_499, 100, "held"],
    ["lease and longest provider call are over", held, "b", expired(500), 1_500, 100, "taken"],
    ["only the wall clock says so", held, "b", expired(0), 601_000, 99, "held"],
    ["a person comes to a living lease", held, "person:j", { kind: "byPerson" }, 999, 0, "held"],
    ["a person comes after the lease", held, "person:j", { kind: "byPerson" }, 1_000, 0, "taken"],
    ["it was cancelled just now", cancelled, "b", { kind: "free" }, 999, 0, "held"],
    ["the cancelled one is proven dead", cancelled, "b", dead("a"), 0, 0, "taken"],
    ["the cancelled one's lease is over", cancelled, "b", { kind: "free" }, 1_000, 0, "taken"],
    ["a person has cancelled", cancelled, "person:j", { kind: "byPerson" }, 0, 0, "taken"],
    ["it is being removed", removing, "b", { kind: "free" }, 0, 0, "held"],
  ])("%s", (_, head, holder, takeover, now, unrenewedMs, result) => {
    const attempt = (): void => assertMayTake(head, holder, takeover, { now, unrenewedMs, observationMs: 100 });
    if (result === "taken") return expect(attempt).not.toThrow();
    try {
      attempt();
    } catch (error) {
      expect(isStateError(error, "held")).toBe(true);
      return expect(error).toHaveProperty("retryAfterMs");
    }
    return expect.unreachable();
  });
});
