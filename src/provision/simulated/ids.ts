// Ids, ARNs and self links: templates of the tables filled from inputs, caller and a seed.
import { createHash } from "node:crypto";
import { uuidOf } from "./identity.ts";

/** Looks a template's name up: an input, an output, `region`, `account`, `project`. */
export type Lookup = (name: string) => string | undefined;

/**
 * Fills `template`: `{17 hex}`, `{6 alphanumeric}`, `{uuid}` and the like from `seed`, always the same for the same seed; other names by
 * `lookup`, or from the seed where it knows nothing. Notes in round brackets at the end and empty optional parts in square ones are dropped.
 */
export function fillTemplate(template: string, lookup: Lookup, seed: string): string {
  const bare = template.replace(/\s*\((?:or|alias|Dbi)[^)]*\)$/, "");
  const optional = bare.replaceAll(/\[([^\]]*)\]/g, (_, inner: string) => {
    const names = [...inner.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
    return names.every((name) => lookup(name) !== undefined) ? inner : "";
  });
  return optional.replaceAll(/\{([^}]*)\}/g, (_, name: string) => fillName(name, lookup, seed));
}

function fillName(name: string, lookup: Lookup, seed: string): string {
  const sized = /^(?:lb )?(\d+) (hex|alphanumeric|uppercase alphanumeric)$/.exec(name);
  if (sized !== null) return characters(alphabets[sized[2] ?? "hex"] ?? hexDigits, Number(sized[1]), `${seed} ${name}`);
  if (name === "uuid" || name === "versionId") return uuidOf(`${seed} ${name}`);
  if (name === "uppercase alphanumeric") return characters(upperAlphanumeric, 20, `${seed} ${name}`);
  if (name === "decimal hash of destination") return decimalHash(lookup("destination") ?? seed);
  if (name.startsWith("lowercase ")) return (lookup(name.slice("lowercase ".length)) ?? "").toLowerCase();
  if (name.endsWith("|urlencoded")) return encodeURIComponent(lookup(name.split("|")[0] ?? "") ?? "");
  return lookup(name) ?? characters(hexDigits, 8, `${seed} ${name}`);
}

const hexDigits = "0123456789abcdef";
const upperAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const alphabets: Readonly<Record<string, string>> = {
  hex: hexDigits,
  alphanumeric: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  "uppercase alphanumeric": upperAlphanumeric,
};

/** `count` characters drawn from the hash of `seed`. */
export function characters(alphabet: string, count: number, seed: string): string {
  const bytes = createHash("sha512").update(seed).digest();
  return Array.from(
    { length: count },
    (_, index) => alphabet[(bytes[index % bytes.length] ?? 0) % alphabet.length],
  ).join("");
}

/** A whole number below `limit` drawn from the hash of `seed`. */
export function numberBelow(limit: number, seed: string): number {
  return createHash("sha256").update(seed).digest().readUInt32BE() % limit;
}

function decimalHash(text: string): string {
  return String(createHash("sha256").update(text).digest().readUInt32BE());
}
