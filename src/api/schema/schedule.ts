// Cron schedules, time zones and the windows made of them.
import { type Static, Type } from "typebox";
import { duration } from "./duration.ts";
import type { Frozen } from "./frozen.ts";
import { celText, rules } from "./rule.ts";
import { label, shaped } from "./text.ts";

const anyCase = (words: string): string =>
  words.replaceAll(/[A-Z]/gu, (letter) => `[${letter}${letter.toLowerCase()}]`);
const field = (value: string): string => {
  const item = `([*](/[1-9][0-9]?)?|${value}(-${value}(/[1-9][0-9]?)?)?)`;
  return `${item}(,${item})*`;
};
const fields = [
  field("[0-5]?[0-9]"),
  field("([01]?[0-9]|2[0-3])"),
  field("(0?[1-9]|[12][0-9]|3[01])"),
  field(anyCase("(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)")),
  field(anyCase("([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)")),
];
const cronPattern = `^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|${fields.join(" ")})$`;

/** A cron schedule of five fields, or a macro such as @daily. */
export function cron(description: string) {
  return shaped(
    cronPattern,
    'must be a cron schedule of five fields (minute, hour, day, month, weekday), such as "0 2 * * 6"',
    { description, maxLength: 100 },
  );
}

const zonePattern = "^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$";

/** True for a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  if (!new RegExp(zonePattern, "u").test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** An IANA time zone; UTC by default. */
export function timeZone(description: string) {
  return Type.String({
    description: `${description} IANA name.`,
    default: "UTC",
    maxLength: 64,
    ...rules<string>({
      // Go takes Local for the machine's own zone, which nobody can mean here.
      rule: `self.matches(${celText(zonePattern)}) && self != 'Local' && timestamp('2026-01-01T00:00:00Z').getHours(self) >= 0`,
      message: "must be a time zone of the IANA database, such as Europe/Berlin or UTC",
      holds: isTimeZone,
    }),
  });
}

/** A recurring time during which something may happen. */
export const windowSchema = Type.Object(
  {
    name: label("Name of the window, unique in its list."),
    schedule: cron("When the window opens, in its time zone."),
    duration: duration({ description: "How long the window stays open.", atLeast: "1m" }),
    timeZone: timeZone("Time zone of the schedule."),
  },
  { description: "A recurring time during which changes may happen." },
);

/** A recurring time during which something may happen. */
export type Window = Frozen<Static<typeof windowSchema>>;

/** A list of windows; an empty one means always. */
export function windows(description: string) {
  return Type.Array(windowSchema, { description, maxItems: 32, ...byName });
}

/** Marks a list as a map keyed by `name`: names are unique and server-side apply merges by them. */
export const byName = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] } as const;

/** Marks a list of plain values as a set. */
export const asSet = { "x-kubernetes-list-type": "set" } as const;
