// The label block of an exposed line: {name="value",...} with its escapes.
import { type Labels, seriesKey } from "./sample.ts";

/** A label block read once. */
export interface LabelBlock {
  readonly labels: Labels;
  /** What follows the metric in the series' key. */
  readonly suffix: string;
  /** Characters of its text, braces included. */
  readonly length: number;
}

const labelName = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"/y;
const escapes: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

/**
 * Reads the block that opens at `start`; a text says what is wrong with it. Empty values are left out: to Prometheus a label
 * with an empty value is no label.
 */
export function readLabels(line: string, start: number): LabelBlock | string {
  const found: [string, string][] = [];
  const seen = new Set<string>();
  let at = start + 1;
  for (;;) {
    while (line[at] === " " || line[at] === "\t") at += 1;
    if (line[at] === "}") break;
    labelName.lastIndex = at;
    const match = labelName.exec(line);
    const name = match?.[1];
    if (match === null || name === undefined) return 'a label is not of the form name="value"';
    const value = readValue(line, at + match[0].length);
    if (value === undefined) return `the value of the label ${name} is not closed or has an unknown escape`;
    if (seen.has(name)) return `the label ${name} stands twice`;
    seen.add(name);
    if (value.text !== "") found.push([name, value.text]);
    at = value.end;
    while (line[at] === " " || line[at] === "\t") at += 1;
    if (line[at] === ",") at += 1;
    else if (line[at] !== "}") return "labels are not parted by commas";
  }
  const labels = Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { labels, suffix: seriesKey("", labels), length: at + 1 - start };
}

/** The value that starts at `from`, and where the line goes on behind its closing quote. */
function readValue(line: string, from: number): { readonly text: string; readonly end: number } | undefined {
  let text = "";
  let start = from;
  for (let at = from; at < line.length; at += 1) {
    const character = line[at];
    if (character === '"') return { text: text + line.slice(start, at), end: at + 1 };
    if (character !== "\\") continue;
    const plain = escapes[line[at + 1] ?? ""];
    if (plain === undefined) return undefined;
    text += line.slice(start, at) + plain;
    at += 1;
    start = at + 1;
  }
  return undefined;
}
