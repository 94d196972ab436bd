// Faults on demand: which operation they hit, for how long and how often.
import { type Clock, type Random } from "../../kube/clock.ts";
import { uuidOf } from "./identity.ts";

export const faultKinds = ["throttle", "quota", "error", "denied", "slow", "outage", "partial", "health"] as const;

/**
 * throttle, quota, error, denied: the operation is refused. slow: it takes `latencyMs` longer. outage: every operation that matches is refused as
 * unavailable. partial: a change is carried out, then the answer is an error (`answer: "error"`) or never comes (`"never"`, the default).
 * health: the metrics of matching resources get worse (control/metrics-health.ts); no operation is touched.
 */
export type FaultKind = (typeof faultKinds)[number];

/** What ends a health fault for one resource beside its time. */
export const faultEnds = ["recreate", "update", "never"] as const;
export type FaultEnd = (typeof faultEnds)[number];

/** Absent members match everything; all but `operation` may hold `*`. */
export interface FaultMatch {
  readonly type?: string;
  readonly id?: string;
  readonly region?: string;
  /** create, read, update, delete, invoke, check, diff, configure. */
  readonly operation?: string;
  /** health only: the Pulumi URN that made it. */
  readonly urn?: string;
  /** health only: its Blueprint, by uid, name or marker (`blueprint` of `GET /resources`). */
  readonly blueprint?: string;
}

export interface FaultSpec {
  readonly kind: FaultKind;
  readonly match: FaultMatch;
  /** How many operations it hits before it is gone; absent: any number. */
  readonly count?: number;
  /** How long it lasts; absent: until deleted. */
  readonly seconds?: number;
  /** Chance for each matching operation, 0 to 1; absent: 1. */
  readonly probability?: number;
  readonly latencyMs?: number;
  readonly message?: string;
  readonly answer?: "error" | "never";
  /** health: 0 is dead, 1 is well; absent: 0.2. */
  readonly level?: number;
  /** health: absent: "recreate" where `id` or `urn` names one resource, else "never". */
  readonly endsOn?: FaultEnd;
}

export interface Fault extends FaultSpec {
  readonly id: string;
  readonly since: number;
  readonly until?: number;
  readonly hits: number;
}

export interface Operation {
  readonly operation: string;
  readonly type: string;
  readonly id: string;
  readonly region: string;
}

export class FaultBoard {
  readonly #faults = new Map<string, Fault>();
  readonly #clock: Clock;
  readonly #random: Random;
  #made = 0;

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  add(spec: FaultSpec): Fault {
    const since = this.#clock.now();
    const id = `fault-${++this.#made}-${uuidOf(`${since} ${this.#made}`).slice(0, 6)}`;
    const until = spec.seconds === undefined ? {} : { until: since + spec.seconds * 1000 };
    const fault: Fault = { ...spec, ...until, id, since, hits: 0 };
    this.#faults.set(id, fault);
    return fault;
  }

  list(): readonly Fault[] {
    this.#expire();
    return [...this.#faults.values()];
  }

  remove(id: string): boolean {
    return this.#faults.delete(id);
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The faults that hit this operation, each counted as one hit. */
  hit(operation: Operation): readonly Fault[] {
    this.#expire();
    const hits = [...this.#faults.values()].filter(
      (fault) =>
        fault.kind !== "health" &&
        matches(fault.match, operation) &&
        (fault.probability === undefined || this.#random() < fault.probability),
    );
    for (const fault of hits) this.#count(fault);
    return hits;
  }

  #count(fault: Fault): void {
    const hits = fault.hits + 1;
    if (fault.count !== undefined && hits >= fault.count) this.#faults.delete(fault.id);
    else this.#faults.set(fault.id, { ...fault, hits });
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const fault of this.#faults.values()) {
      if (fault.until !== undefined && fault.until <= now) this.#faults.delete(fault.id);
    }
  }
}

/** True when every member of `match` fits; `*` stands for any run of characters. */
export function matches(match: FaultMatch, operation: Operation): boolean {
  return (
    fits(match.type, operation.type) &&
    fits(match.id, operation.id) &&
    fits(match.region, operation.region) &&
    fits(match.operation, operation.operation)
  );
}

/** Whether `value` fits `pattern`, in which `*` stands for any run of characters; an absent pattern fits all. */
export function fits(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined || pattern === "*" || pattern === value) return true;
  if (!pattern.includes("*")) return false;
  const expression = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`).test(value);
}
