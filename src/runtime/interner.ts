// One copy of each repeated string. Shared by all stores of a process; bounded, so that it never becomes a leak.

export class Interner {
  private young = new Map<string, string>();
  private old = new Map<string, string>();
  private readonly limit: number;

  /** Remembers between `limit` and twice as many strings: when the young half is full, it becomes the old one. */
  constructor(limit = 20_000) {
    this.limit = limit;
  }

  /** The first string equal to `text` that is still remembered. */
  intern(text: string): string {
    const known = this.young.get(text);
    if (known !== undefined) return known;
    const kept = this.old.get(text) ?? text;
    this.young.set(kept, kept);
    if (this.young.size >= this.limit) {
      this.old = this.young;
      this.young = new Map();
    }
    return kept;
  }

  /** For tests and metrics. */
  get size(): number {
    return this.young.size + this.old.size;
  }
}
