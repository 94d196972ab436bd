// Splits a byte stream into lines. Works on bytes, so a character cut in two by a chunk boundary stays whole.

const newline = 0x0a;

export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private readonly maxLineBytes: number;

  /** A longer line throws RangeError; etcd's own bound on an object is far below the default of 64 MiB. */
  constructor(maxLineBytes = 64 * 1024 * 1024) {
    this.maxLineBytes = maxLineBytes;
  }

  /** The lines that `chunk` completes, without their newlines; blank ones are left out. */
  *push(chunk: Uint8Array): Generator<string> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = this.complete(bytes.subarray(start, end));
      start = end + 1;
      if (line.trim() !== "") yield line;
    }
    if (start < bytes.length) this.keep(bytes.subarray(start));
  }

  /** True when bytes came after the last newline: a stream that ends now was torn. */
  get torn(): boolean {
    return this.pendingBytes > 0;
  }

  private complete(tail: Buffer): string {
    if (this.pendingBytes === 0) return tail.toString("utf8");
    const line = Buffer.concat([...this.pending, tail]).toString("utf8");
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private keep(part: Buffer): void {
    this.pendingBytes += part.length;
    if (this.pendingBytes > this.maxLineBytes)
      throw new RangeError(`a line of the stream passes ${this.maxLineBytes} bytes`);
    this.pending.push(part);
  }
}
