// Money without floats: whole billionths of a currency unit.

/** Billionths of one unit of the currency. Prices have nine digits after the point at most. */
export type Nanos = bigint;

const DIGITS = 9;
const UNIT = 10n ** BigInt(DIGITS);
const CENT = UNIT / 100n;

/** The amount a decimal string names. Throws RangeError for anything else, also for more than nine digits. */
export function nanosOf(text: string): Nanos {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is no decimal of at most ${DIGITS} digits`);
  const [, sign, whole = "0", fraction = ""] = match;
  const value = BigInt(whole) * UNIT + BigInt(fraction.padEnd(DIGITS, "0"));
  return sign === "-" ? -value : value;
}

/** All digits it has, two at least. */
export function exactText(value: Nanos): string {
  return decimal(value).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** Rounded to two digits, halves away from zero. */
export function centsText(value: Nanos): string {
  const half = value < 0n ? -CENT / 2n : CENT / 2n;
  return decimal(((value + half) / CENT) * CENT).slice(0, -(DIGITS - 2));
}

function decimal(value: Nanos): string {
  const size = value < 0n ? -value : value;
  const fraction = String(size % UNIT).padStart(DIGITS, "0");
  return `${value < 0n ? "-" : ""}${size / UNIT}.${fraction}`;
}
