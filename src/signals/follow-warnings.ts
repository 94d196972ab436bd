// Keeps the past of objects up to date with the cluster's warning events.
import type { Event } from "../api/index.ts";
import type { Clock, Selection } from "../kube/index.ts";
import type { Informer } from "../runtime/index.ts";
import type { PastKeeper } from "./past.ts";

/** What the informer of events is to be made with: normal events are many, and nobody counts them. */
export const warningEvents: Selection = { fieldSelector: "type=Warning" };

/** Takes note of every warning, those that are there first, until `signal` aborts. An event that expires is remembered. */
export function followWarnings(
  events: Pick<Informer<Event>, "subscribe">,
  keeper: Pick<PastKeeper, "seeEvent">,
  clock: Clock,
  signal: AbortSignal,
): void {
  events.subscribe((change) => {
    if (change.new !== undefined) keeper.seeEvent(change.new, clock.now());
  }, signal);
}
