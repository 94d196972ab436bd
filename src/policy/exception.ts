// Exceptions as people write them: who accepts which findings, why, and until when.
import { type Static, Type } from "typebox";

const shortText = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: "\\S" });
const globs = (maxItems: number) => Type.Array(shortText(253), { minItems: 1, maxItems });

const accepted = {
  /** Globs of rule ids (`aws.s3.*`), or frameworks (`pci-dss-4.0`). */
  rules: globs(50),
  /** Globs of resource names; absent: any. */
  resources: Type.Optional(globs(200)),
  reason: shortText(1024),
  /** RFC 3339. */
  expireTime: Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$` }),
};

/** An exception in the administrator's settings. */
export const settingsException = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" }),
    /** Absent: in every namespace. */
    namespaces: Type.Optional(globs(100)),
    ...accepted,
    owner: shortText(253),
  },
  { additionalProperties: false },
);

/** Exceptions of one Blueprint, in its annotation; their owner is who set them. */
export const blueprintExceptions = Type.Array(Type.Object(accepted, { additionalProperties: false }), {
  minItems: 1,
  maxItems: 20,
});

export type BlueprintExceptionText = Static<typeof blueprintExceptions>[number];

/** Longest time an exception may be given for, milliseconds. */
export const longestExceptionMs = 366 * 86_400_000;

/**
 * The time in the one form that rules compare as text (`2027-01-31T00:00:00.000Z`); undefined for a day that no calendar
 * has.
 */
export function expiryOf(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** What is wrong with an expiry that somebody sets at `now`; undefined when nothing is. */
export function expiryProblem(text: string, now: number): string | undefined {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return `expireTime ${text} is no time: give RFC 3339, e.g. 2027-01-31T00:00:00Z`;
  if (ms <= now) return `expireTime ${text} is past: give a time to come, within a year`;
  if (ms > now + longestExceptionMs) return `expireTime ${text} is more than a year away: give a nearer one`;
  return undefined;
}
