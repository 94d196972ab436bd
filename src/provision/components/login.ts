// How people may log in to a machine: with the key they gave, or not at all.
import { createHash } from "node:crypto";

const P = 2n ** 255n - 19n;
/** Edwards curve constant d = -121665/121666 mod p (RFC 8032, 5.1). */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * An Ed25519 public key that nobody holds the private key of: its point is found by hashing `seed` onto the curve, so that no
 * discrete logarithm was ever known. Azure refuses a Linux machine with neither password nor key; this one can't be logged in to.
 */
export function keyNobodyHolds(seed: string): string {
  for (let counter = 0; ; counter += 1) {
    const point = createHash("sha256").update(`dharma key nobody holds\n${counter}\n${seed}`).digest();
    if (isOnCurve(point)) return `ssh-ed25519 ${sshBlob(point).toString("base64")} nobody`;
  }
}

/** True when 32 bytes are the encoding of a point: x^2 = (y^2 - 1) / (d y^2 + 1) has a root. */
export function isOnCurve(encoded: Uint8Array): boolean {
  const bytes = Uint8Array.from(encoded);
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  const y = BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
  if (y >= P) return false;
  const square = (y * y) % P;
  const xSquare = ((square - 1n + P) * power(D * square + 1n, P - 2n)) % P;
  // Euler's criterion.
  return power(xSquare, (P - 1n) / 2n) === 1n;
}

/** `ssh-ed25519` public key blob of RFC 8709. */
function sshBlob(point: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from("ssh-ed25519"), Buffer.from(point)].flatMap((field) => [lengthOf(field), field]));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
