// Unions by presence: exactly one of several optional members.
import type { RuleOf } from "./rule.ts";

/** Exactly one of `members` is set. */
export function exactlyOne(...members: readonly string[]): RuleOf<Readonly<Record<string, unknown>>> {
  return {
    rule: `[${members.map((member) => `has(self.${member})`).join(", ")}].filter(set, set).size() == 1`,
    message: `exactly one of ${listed(members)} must be set`,
    holds: (self) => members.filter((member) => self[member] !== undefined).length === 1,
  };
}

/** At least one of `members` is set. */
export function atLeastOne(...members: readonly string[]): RuleOf<Readonly<Record<string, unknown>>> {
  return {
    rule: members.map((member) => `has(self.${member})`).join(" || "),
    message: `at least one of ${listed(members)} must be set`,
    holds: (self) => members.some((member) => self[member] !== undefined),
  };
}

function listed(members: readonly string[]): string {
  return `${members.slice(0, -1).join(", ")} and ${members.at(-1) ?? ""}`;
}
