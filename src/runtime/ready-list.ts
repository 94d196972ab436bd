// Keys ready for work: first in, first out within a priority, higher priorities first.

/** Higher is sooner: what people just did goes before what a list or a resync brought. */
export type Priority = "low" | "normal" | "high";

const ranks: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2 };
const order: readonly Priority[] = ["high", "normal", "low"];

/** The more urgent of two. */
export function moreUrgent(a: Priority, b: Priority): Priority {
  return ranks[a] >= ranks[b] ? a : b;
}

/** One place in the list. A place that is given up stays behind and is skipped. */
export interface Place {
  readonly key: string;
  readonly priority: Priority;
  given: "held" | "up";
}

/** Amortized constant time for everything; places given up are dropped when they reach the front. */
export class ReadyList {
  readonly #lanes: Readonly<Record<Priority, Lane>> = { high: new Lane(), normal: new Lane(), low: new Lane() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(key: string, priority: Priority): Place {
    const place: Place = { key, priority, given: "held" };
    this.#lanes[priority].push(place);
    this.#size += 1;
    return place;
  }

  giveUp(place: Place): void {
    if (place.given === "up") return;
    place.given = "up";
    this.#size -= 1;
  }

  shift(): Place | undefined {
    for (const priority of order) {
      const lane = this.#lanes[priority];
      for (let place = lane.shift(); place !== undefined; place = lane.shift()) {
        if (place.given === "up") continue;
        place.given = "up";
        this.#size -= 1;
        return place;
      }
    }
    return undefined;
  }
}

class Lane {
  #places: (Place | undefined)[] = [];
  #head = 0;

  push(place: Place): void {
    this.#places.push(place);
  }

  shift(): Place | undefined {
    const place = this.#places[this.#head];
    if (place === undefined) {
      this.#places = [];
      this.#head = 0;
      return undefined;
    }
    this.#places[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    return place;
  }
}
