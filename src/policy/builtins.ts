// Built-ins of Rego that the WebAssembly module asks its host for, with OPA's results to the last digit.
// Facts: topdown/{semver,parse_units,parse_units_bytes,time}.go of github.com/open-policy-agent/opa. Where OPA's built-in
// fails, the value here is undefined, which is what a failing built-in is to a rule.

/** By name; what `loadPolicy` of the SDK takes as custom built-ins. */
export const hostBuiltins: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  "semver.is_valid": (version) => typeof version === "string" && semverOf(version) !== undefined,
  "semver.compare": compareVersions,
  "units.parse": (text) => parseUnits(text, siUnits, "exact"),
  "units.parse_bytes": (text) => parseUnits(text, byteUnits, "whole"),
  "time.parse_duration_ns": parseDuration,
  "time.parse_rfc3339_ns": parseTime,
};

/** Their names, for the capabilities policies are compiled against. */
export const hostBuiltinNames: readonly string[] = Object.keys(hostBuiltins);

interface Version {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
}

/** Semantic Versioning 2.0, as OPA reads it: one leading `v` is let pass, leading zeros are not. */
function semverOf(text: string): Version | undefined {
  const match =
    /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "", pre] = match;
  const numbers = [major, minor, patch].map(BigInt);
  return numbers.some((number) => number > maxInt64) ? undefined : { numbers, pre: pre?.split(".") ?? [] };
}

function compareVersions(left: unknown, right: unknown): number | undefined {
  const a = typeof left === "string" ? semverOf(left) : undefined;
  const b = typeof right === "string" ? semverOf(right) : undefined;
  if (a === undefined || b === undefined) return undefined;
  for (const [index, number] of a.numbers.entries()) {
    const order = compare(number, b.numbers[index] ?? 0n);
    if (order !== 0) return order;
  }
  // A version without a pre-release comes after those with one.
  if (a.pre.length === 0 || b.pre.length === 0) return compare(b.pre.length, a.pre.length);
  for (let index = 0; index < Math.max(a.pre.length, b.pre.length); index += 1) {
    const order = comparePre(a.pre[index], b.pre[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePre(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA && isNumberB) return compare(BigInt(a), BigInt(b));
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return compare(a, b);
}

function compare<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const binary = { ki: 1024n, mi: 1024n ** 2n, gi: 1024n ** 3n, ti: 1024n ** 4n, pi: 1024n ** 5n, ei: 1024n ** 6n };
const decimal = { k: 10n ** 3n, m: 10n ** 6n, g: 10n ** 9n, t: 10n ** 12n, p: 10n ** 15n, e: 10n ** 18n };
const siUnits: Units = { ...binary, ...decimal, "": 1n };
const byteUnits: Units = {
  ...siUnits,
  ...Object.fromEntries([...Object.entries(binary), ...Object.entries(decimal)].map(([unit, of]) => [`${unit}b`, of])),
};
type Units = Readonly<Record<string, bigint>>;

/** A number with a unit, in any case but for `m` (milli) and `M` (mega) where the result may be a fraction. */
function parseUnits(text: unknown, units: Units, result: "exact" | "whole"): unknown {
  if (typeof text !== "string" || text.includes(" ")) return undefined;
  const raw = text.replaceAll('"', "");
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?|[+-]?[\d.]*)(.*)$/s.exec(raw);
  const [, amount = "", unit = ""] = match ?? [];
  const number = fractionOf(amount);
  if (number === undefined) return undefined;
  const milli = result === "exact" && unit === "m";
  const factor = milli ? 1n : Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  if (factor === undefined) return undefined;
  const top = number.top * factor;
  const bottom = number.bottom * (milli ? 1000n : 1n);
  return result === "whole" ? exactly(String(top / bottom)) : exactly(decimalText(top, bottom));
}

interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function fractionOf(text: string): Fraction | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  const [, sign, whole = "", part = "", exponent = "0"] = match ?? [];
  if (match === null || whole + part === "") return undefined;
  const shift = BigInt(exponent) - BigInt(part.length);
  const digits = BigInt(`${whole}${part}`) * (sign === "-" ? -1n : 1n);
  return shift >= 0n ? { top: digits * 10n ** shift, bottom: 1n } : { top: digits, bottom: 10n ** -shift };
}

/** A fraction with ten digits, as OPA writes it (big.Rat.FloatString(10)). */
function decimalText(top: bigint, bottom: bigint): string {
  if (top % bottom === 0n) return String(top / bottom);
  const [size, sign] = top < 0n ? [-top, "-"] : [top, ""];
  const scaled = (size * 10n ** 10n * 2n + bottom) / (bottom * 2n);
  const digits = String(scaled).padStart(11, "0");
  return `${sign}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

const maxInt64 = 2n ** 63n - 1n;
const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 24n * 3_600_000_000_000n,
  w: 7n * 24n * 3_600_000_000_000n,
  y: 365n * 24n * 3_600_000_000_000n,
};

/** A Go duration, with days, weeks and years of 365 days beside, in nanoseconds. */
function parseDuration(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = "", part = "", unit = ""] of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h|d|w|y)/g)) {
    const of = unitNs[unit] ?? 0n;
    total += BigInt(`0${whole}`) * of + (BigInt(`0${part}`) * of) / 10n ** BigInt(part.length);
  }
  if (total > maxInt64) return undefined;
  return exactly(String(text.startsWith("-") ? -total : total));
}

/** RFC 3339, in nanoseconds since 1970; undefined for what 64 bits can't hold (before 1677, after 2262). */
function parseTime(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const [, day, hours = "", minutes = "", seconds = "", part = "", zone = ""] = match ?? [];
  if (day === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const [offsetHours = 0, offsetMinutes = 0] = zone === "Z" ? [] : zone.slice(1).split(":").map(Number);
  if (offsetHours > 24 || offsetMinutes > 60) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * (zone.startsWith("-") ? -60 : 60);
  const epochSeconds = midnight / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - offset;
  const ns = BigInt(epochSeconds) * 1_000_000_000n + BigInt(part.slice(0, 9).padEnd(9, "0"));
  return ns > maxInt64 || ns < -maxInt64 ? undefined : exactly(String(ns));
}

/** A number by its text, which JSON.stringify (the SDK's way into the module) writes as it is: doubles end at 2^53. */
function exactly(text: string): unknown {
  return JSON.rawJSON(text);
}
