// A service's pods under demand: starting, serving, queueing.
import { stepSeconds } from "./resource-load.ts";

/** A request is late when it waits longer than this many service times (0.2 s at 0.1 s each). */
const patience = 2;
/** Work that waits longer than this is given up, s. */
const timeout = 30;

export interface StepOutcome {
  /** Pods' worth of work done, as the metrics would show it. */
  readonly usage: number;
  /** Share of this step's requests that were late. */
  readonly late: number;
  /** Pods that exist, starting ones included. */
  readonly pods: number;
}

/** Pods start serving `startSeconds` after they were asked for; fewer are had at once, those still starting go first. */
export class Cluster {
  #ready: number;
  /** Steps left until each starting pod serves. */
  #starting: number[] = [];
  /** Work left over, in pod seconds. */
  #backlog = 0;
  readonly #startSteps: number;

  constructor(ready: number, startSeconds: number) {
    this.#ready = ready;
    this.#startSteps = Math.ceil(startSeconds / stepSeconds);
  }

  get ready(): number {
    return this.#ready;
  }

  get starting(): number {
    return this.#starting.length;
  }

  /** Serves a step's demand (in pods). */
  step(demand: number): StepOutcome {
    this.#starting = this.#starting.map((left) => left - 1);
    this.#ready += this.#starting.filter((left) => left <= 0).length;
    this.#starting = this.#starting.filter((left) => left > 0);
    const pods = this.#ready;
    const waiting = this.#backlog;
    const work = demand * stepSeconds + waiting;
    const room = pods * stepSeconds;
    this.#backlog = Math.min(Math.max(0, work - room), pods * timeout);
    const clearing = demand < pods ? Math.min(1, waiting / (pods - demand) / stepSeconds) : 1;
    const late = clearing + (1 - clearing) * lateShare(pods, demand);
    return { usage: Math.min(work, room) / stepSeconds, late, pods: pods + this.#starting.length };
  }

  scaleTo(replicas: number): void {
    const more = replicas - this.#ready - this.#starting.length;
    if (more >= 0) {
      for (let count = 0; count < more; count++) this.#starting.push(this.#startSteps);
      return;
    }
    const unborn = Math.min(this.#starting.length, -more);
    this.#starting.length -= unborn;
    this.#ready = Math.max(1, this.#ready + more + unborn);
  }
}

/** M/M/c: the share of requests that wait longer than `patience` service times; Erlang's C times exp(-(c - a) patience). */
export function lateShare(pods: number, demand: number): number {
  if (demand >= pods) return 1;
  let blocked = 1;
  for (let count = 1; count <= pods; count++) blocked = (demand * blocked) / (count + demand * blocked);
  const waits = blocked / (1 - (demand / pods) * (1 - blocked));
  return waits * Math.exp(-(pods - demand) * patience);
}
