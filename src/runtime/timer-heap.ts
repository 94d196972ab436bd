// A binary heap of due times whose entries can be taken out again, so that cancelled timers leave nothing behind.

/** One timer. Only the heap writes `slot`; a timer not in the heap has slot -1. */
export interface Timer {
  readonly key: string;
  readonly at: number;
  slot: number;
}

export class TimerHeap {
  readonly #timers: Timer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  /** The earliest timer; undefined when there is none. */
  get first(): Timer | undefined {
    return this.#timers[0];
  }

  add(key: string, at: number): Timer {
    const timer: Timer = { key, at, slot: this.#timers.length };
    this.#timers.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Takes the timer out; does nothing when it is out already. */
  remove(timer: Timer): void {
    if (timer.slot < 0) return;
    const slot = timer.slot;
    timer.slot = -1;
    const last = this.#timers.pop();
    if (last === undefined || last === timer) return;
    this.#put(last, slot);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(timer: Timer): void {
    while (timer.slot > 0) {
      const parentSlot = (timer.slot - 1) >> 1;
      const parent = this.#timers[parentSlot];
      if (parent === undefined || parent.at <= timer.at) return;
      this.#put(parent, timer.slot);
      this.#put(timer, parentSlot);
    }
  }

  #sink(timer: Timer): void {
    for (;;) {
      const left = this.#timers[2 * timer.slot + 1];
      const right = this.#timers[2 * timer.slot + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= timer.at) return;
      const slot = child.slot;
      this.#put(child, timer.slot);
      this.#put(timer, slot);
    }
  }

  #put(timer: Timer, slot: number): void {
    this.#timers[slot] = timer;
    timer.slot = slot;
  }
}
