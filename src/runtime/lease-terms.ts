// Terms of leases in memory shared by the thread that renews them and the thread that works under them.

/**
 * One slot a contest: until when the lease is held (nanoseconds of process.hrtime, which all threads share; 0: not held)
 * and a number that grows with each term, so that a term lost and won again is not taken for the same.
 */
export class LeaseTerms {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((1 + 2 * mostLeases) * BigInt64Array.BYTES_PER_ELEMENT);
    this.#cells = new BigInt64Array(this.buffer);
  }

  begin(slot: number, validUntil: bigint): bigint {
    const term = Atomics.add(this.#cells, termCell(slot), 1n) + 1n;
    Atomics.store(this.#cells, untilCell(slot), validUntil);
    return term;
  }

  extend(slot: number, validUntil: bigint): void {
    Atomics.store(this.#cells, untilCell(slot), validUntil);
  }

  end(slot: number): void {
    Atomics.store(this.#cells, untilCell(slot), 0n);
  }

  isValid(slot: number, term: bigint, now: bigint): boolean {
    const until = Atomics.load(this.#cells, untilCell(slot));
    return Atomics.load(this.#cells, termCell(slot)) === term && now < until;
  }

  /** The working thread is alive. */
  beat(now: bigint): void {
    Atomics.store(this.#cells, 0, now);
  }

  get lastBeat(): bigint {
    return Atomics.load(this.#cells, 0);
  }
}

/** Most contests at once. */
export const mostLeases = 1024;

function untilCell(slot: number): number {
  return 1 + 2 * slot;
}

function termCell(slot: number): number {
  return 2 + 2 * slot;
}
