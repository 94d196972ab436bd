// docs/reference/reasons.md: the list of reason codes for people.
import { reasonSections } from "../reasons.ts";
import type { RetryClass } from "../reasons/reason.ts";

const meaningOf: Readonly<Record<RetryClass, string>> = {
  none: "nobody has to move: a state, no failure",
  retry: "the operator tries again by itself",
  waitForInput: "a person or another object has to change something first",
  giveUp: "this attempt is over; a new spec or request makes a new one",
};

/** The page of all reasons. */
export function reasonsPage(): string {
  return [
    "<!-- Generated from src/api/reasons by npm run generate; do not edit. -->",
    "# Reasons",
    "",
    "The one list of codes that conditions, events and errors carry, with who has to move:",
    "",
    ...Object.entries(meaningOf).map(([retry, meaning]) => `- \`${retry}\`: ${meaning}`),
    "",
    ...reasonSections.flatMap(({ title, reasons }) => [
      `## ${title}`,
      "",
      "| reason | meaning | what to do | who moves |",
      "|---|---|---|---|",
      ...Object.entries(reasons).map(
        ([code, entry]) => `| \`${code}\` | ${entry.meaning} | ${entry.action} | ${entry.retry} |`,
      ),
      "",
    ]),
  ].join("\n");
}
