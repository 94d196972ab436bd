// The fields of a protobuf message, as far as it takes to look into a file without running it.

/** A number (varint) or bytes (length-delimited); fixed-size numbers are left out. */
export type Field =
  | { readonly number: number; readonly kind: "number"; readonly value: bigint }
  | { readonly number: number; readonly kind: "bytes"; readonly value: Uint8Array };

/** Fields in their order. Throws RangeError for what is none. Encoding: protobuf.dev/programming-guides/encoding. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at];
      if (byte === undefined) break;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is cut off");
  };
  const skip = (length: number): void => {
    if (length > message.length - at) throw new RangeError("a field is cut off");
    at += length;
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) yield { number, kind: "number", value: varint() };
    else if (type === 1) skip(8);
    else if (type === 5) skip(4);
    else if (type === 2) {
      const length = Number(varint());
      const start = at;
      skip(length);
      yield { number, kind: "bytes", value: message.subarray(start, at) };
    } else throw new RangeError(`field ${number} has the unknown type ${type}`);
  }
}
