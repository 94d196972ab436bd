// Specs that are records: written once, never edited.
import type { RuleOf } from "./rule.ts";

/** The value never changes once stored. */
export function immutable(what: string): RuleOf<object> {
  return {
    rule: "self == oldSelf",
    message: `${what} cannot be changed: it records what was decided`,
    holds: (self, oldSelf) => sameJson(self, oldSelf),
  };
}

/** Equality of plain JSON values, without regard to the order of keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const entries = Object.entries(left);
  const others = new Map(Object.entries(right));
  return (
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && sameJson(value, others.get(key)))
  );
}
