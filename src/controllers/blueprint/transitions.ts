// Which events a change of conditions is worth.
import type { Condition } from "../../api/index.ts";
import { findCondition, type ObjectEvents } from "../../runtime/index.ts";

/** Tells what is new: Ready with another status or reason, a pause or drift that began. */
export function tellTransitions(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
  action: string,
  events: ObjectEvents,
): void {
  for (const type of ["Ready", "Paused", "Drifted"]) {
    const now = findCondition(after, type);
    const then = findCondition(before, type);
    if (now === undefined || (now.status === then?.status && now.reason === then.reason)) continue;
    if (type !== "Ready" && now.status !== "True") continue;
    const bad = type === "Ready" ? now.status === "False" : type === "Drifted";
    if (bad) events.warning(now.reason, action, now.message);
    else events.normal(now.reason, action, now.message);
  }
}
