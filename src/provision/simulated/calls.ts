// What the engine asked for: a bounded ring of calls.

export interface CallRecord {
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly package: string;
  /** Protocol method: check, diff, create, read, update, delete, invoke, configure, cancel. */
  readonly operation: string;
  readonly type?: string;
  readonly urn?: string;
  readonly id?: string;
  readonly account?: string;
  readonly preview?: boolean;
  readonly durationMs: number;
  /** "ok" or the error's message. */
  readonly outcome: string;
}

const limit = 10_000;

export class CallLog {
  #calls: CallRecord[] = [];
  #sequence = 0;

  add(call: Omit<CallRecord, "sequence">): void {
    this.#calls.push({ sequence: ++this.#sequence, ...call });
    if (this.#calls.length > limit * 1.1) this.#calls = this.#calls.slice(-limit);
  }

  /** Calls after the one numbered `sequence`, oldest first. */
  since(sequence: number): readonly CallRecord[] {
    return this.#calls.filter((call) => call.sequence > sequence);
  }

  clear(): void {
    this.#calls = [];
  }
}
