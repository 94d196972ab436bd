// IPv4 networks in CIDR notation, taken apart and split.

/** An IPv4 network. `base` is the first address as a number from 0 to 2^32 - 1. */
export interface Cidr {
  readonly base: number;
  readonly bits: number;
}

/** Reads `10.20.0.0/16`; undefined when malformed or when host bits are set. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1).map(Number);
  const bits = numbers[4] ?? 33;
  if (bits > 32 || numbers.slice(0, 4).some((octet) => octet > 255)) return undefined;
  const base = numbers.slice(0, 4).reduce((sum, octet) => sum * 256 + octet, 0);
  return base % 2 ** (32 - bits) === 0 ? { base, bits } : undefined;
}

/** Writes a network as `10.20.0.0/16`. */
export function formatCidr({ base, bits }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join(".")}/${bits}`;
}

/** The 2^`splitBits` equal parts of a network, in order. */
export function splitCidr({ base, bits }: Cidr, splitBits: number): readonly Cidr[] {
  const size = 2 ** (32 - bits - splitBits);
  return Array.from({ length: 2 ** splitBits }, (_, index) => ({ base: base + index * size, bits: bits + splitBits }));
}
