// IPv4 blocks in CIDR notation: inside, overlapping, and the n-th address.

export interface Block {
  readonly first: number;
  /** Number of addresses. */
  readonly size: number;
  readonly prefix: number;
}

/** Undefined when `text` is no IPv4 CIDR block or has bits set below its prefix. */
export function parseBlock(text: string): Block | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if (prefix > 32 || [a, b, c, d].some((byte) => byte > 255)) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, size, prefix } : undefined;
}

export function isInside(inner: Block, outer: Block): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size;
}

export function overlap(left: Block, right: Block): boolean {
  return left.first < right.first + right.size && right.first < left.first + left.size;
}

/** Dotted text of the address `offset` after the block's first. */
export function addressAt(block: Block, offset: number): string {
  const address = block.first + (offset % block.size);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
