// Keeps the past of objects up to date with the cluster's warning events.
import type { Event } from "../api/index.ts";
import type { Clock, Selection } from "../kube/index.ts";
import type { Informer } from "../runtime/index.ts";
import type { PastKeeper } from "./past.ts";

/** What the informer of events is to be made with: normal events are many, and nobody counts them. */
export const warningEvents: Selection = { fieldSelector: "type=Warning" };

export interface FollowedWarnings {
  readonly events: Pick<Informer<Event>, "subscribe">;
  readonly keeper: Pick<PastKeeper, "seeEvent">;
  /** Uid of the object whose past the warning belongs to; undefined: of none. Default: that of the object it is about. */
  readonly subjectOf?: (event: Event) => string | undefined;
  readonly clock: Clock;
}

/** Takes note of every warning, those that are there first, until `signal` aborts. An event that expires is remembered. */
export function followWarnings(parts: FollowedWarnings, signal: AbortSignal): void {
  const { events, keeper, subjectOf = ({ regarding }) => regarding?.uid, clock } = parts;
  events.subscribe(({ new: event }) => {
    const uid = event && subjectOf(event);
    if (event !== undefined && uid !== undefined && uid !== "") keeper.seeEvent(uid, event, clock.now());
  }, signal);
}
