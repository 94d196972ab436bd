// Strings with a shape: bounded, and refused with a sentence instead of a regular expression.
import { Type } from "typebox";
import { matches, rules } from "./rule.ts";

/** How a string field is described and bounded. A field with a default is always present when read from the server. */
export interface TextOptions {
  readonly description: string;
  readonly default?: string;
  readonly maxLength?: number;
  readonly minLength?: number;
}

/** Free text, bounded. */
export function text({ maxLength = 1024, ...options }: TextOptions) {
  return Type.String({ ...options, maxLength });
}

/** Text of one shape; `message` says which, with an example. */
export function shaped(pattern: string, message: string, { maxLength = 253, ...options }: TextOptions) {
  return Type.String({ ...options, maxLength, ...rules(matches(pattern, message)) });
}

/** A time of day and date, RFC 3339 in UTC. */
export function time(description: string) {
  return Type.String({ description: `${description} RFC 3339.`, format: "date-time" });
}

const dnsLabel = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const dnsName = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/** The name of a namespace or of an entry that becomes part of other names: a DNS label. */
export function label(description: string) {
  return shaped(dnsLabel, "must be lower case letters, digits and hyphens, such as web-1, at most 63", {
    description,
    maxLength: 63,
  });
}

/** The name of a Kubernetes object: a DNS subdomain. */
export function objectName(description: string) {
  return shaped(dnsName, "must be the name of an object: lower case letters, digits, hyphens and dots", {
    description,
  });
}

/** A name that expressions use (`${inputs.NAME}`): a letter, then letters, digits, `_` and `-`. */
export function identifier(description: string) {
  return shaped("^[A-Za-z][A-Za-z0-9_-]*$", "must start with a letter and hold only letters, digits, _ and -", {
    description,
    maxLength: 63,
  });
}

/** A SHA-256 digest. */
export function digest(description: string) {
  return shaped("^sha256:[0-9a-f]{64}$", "must be sha256: and 64 hexadecimal digits", { description, maxLength: 71 });
}
