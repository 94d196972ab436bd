// Counters of requests and errors of every resource; a new resource starts at zero, whatever its id.
import type { CloudResource } from "../store.ts";
import type { Load } from "./metrics-load.ts";

export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

interface Meter extends Counts {
  readonly until: number;
}

/** Keeps the counters of one cloud. They are not saved: a cloud that starts anew counts anew, as a restarted exporter does. */
export class Meters {
  readonly #meters = new Map<number, Meter>();

  /**
   * Counts what came since the last call: requests from the load of that time, errors of them by the ratio of now. A resource seen
   * for the first time starts at zero. A clock that went back counts nothing.
   */
  advance(one: Pick<CloudResource, "serial">, load: Load, now: number): Counts {
    const meter = this.#meters.get(one.serial) ?? { requests: 0, errors: 0, until: now };
    if (now <= meter.until) {
      this.#meters.set(one.serial, meter);
      return whole(meter);
    }
    const came = load.up * load.requestsPerSecond(meter.until, now) * ((now - meter.until) / 1000);
    const next = { requests: meter.requests + came, errors: meter.errors + came * load.errorRatio, until: now };
    this.#meters.set(one.serial, next);
    return whole(next);
  }

  /** Drops the meters of resources that are not among `serials`. */
  forget(serials: ReadonlySet<number>): void {
    for (const serial of this.#meters.keys()) if (!serials.has(serial)) this.#meters.delete(serial);
  }
}

function whole({ requests, errors }: Counts): Counts {
  return { requests: Math.floor(requests), errors: Math.floor(errors) };
}
