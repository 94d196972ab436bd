// How well a resource is under the health faults of now.
import { type Fault, fits } from "../faults.ts";
import type { CloudResource } from "../store.ts";
import { equalJson } from "../values.ts";
import { markOf } from "./metrics-labels.ts";

/** The lowest level of the health faults that hit the resource, 0 (dead) to 1 (well); undefined when none does. */
export function levelOf(one: CloudResource, faults: readonly Fault[]): number | undefined {
  if (faults.length === 0) return undefined;
  const levels = faults.filter((fault) => hits(fault, one) && !isOver(fault, one)).map(({ level = 0.2 }) => level);
  return levels.length === 0 ? undefined : Math.min(...levels);
}

function hits({ match }: Fault, one: CloudResource): boolean {
  const { blueprint, uid, name } = markOf(one);
  return (
    fits(match.type, one.type) &&
    fits(match.id, one.id) &&
    fits(match.region, one.region) &&
    (match.urn === undefined || (one.urn !== undefined && fits(match.urn, one.urn))) &&
    (match.blueprint === undefined ||
      [blueprint, uid, name].some((mark) => mark !== undefined && fits(match.blueprint, mark)))
  );
}

/**
 * A sick machine that is replaced by another is over; an outage of a zone is not, whatever is made in it. So a fault that names one resource by
 * id or URN ends for it with its creation anew, unless `endsOn` says that a write by a provider is enough (a setting changed by hand and put
 * back) or that nothing but time ends it. What somebody else changes is no cure.
 */
function isOver({ match, endsOn, since }: Fault, one: CloudResource): boolean {
  const namesOne = [match.id, match.urn].some((pattern) => pattern !== undefined && !pattern.includes("*"));
  switch (endsOn ?? (namesOne ? "recreate" : "never")) {
    case "never":
      return false;
    case "recreate":
      return one.createdAt > since;
    case "update":
      return one.updatedAt > since && equalJson(one.properties, one.written);
  }
}
