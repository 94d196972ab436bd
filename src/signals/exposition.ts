// Prometheus' text format 0.0.4, a line at a time (prometheus.io/docs/instrumenting/exposition_formats).
import { type LabelBlock, readLabels } from "./exposition-labels.ts";
import type { Labels, SampleType } from "./sample.ts";

/** One exposed number. NaN and infinities are given as exposed. */
export interface ExposedSample {
  readonly kind: "sample";
  readonly series: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly type: SampleType;
  readonly value: number;
  /** Milliseconds since the epoch, where the line carries one. */
  readonly timestamp?: number;
}

/** What one line says: a sample, nothing (blank, comment, declaration), or what is wrong with it. */
export type ExpositionLine =
  | ExposedSample
  | { readonly kind: "nothing" }
  | { readonly kind: "malformed"; readonly message: string };

/** Reads the lines of one scrape in order; declarations (`# TYPE`) hold for the lines after them. */
export interface ExpositionParser {
  /** `line` is without its line feed. */
  read(line: string): ExpositionLine;
}

const types: readonly SampleType[] = ["counter", "gauge", "histogram", "summary"];
const nothing = { kind: "nothing" } as const;
const declaration = /^#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\S+)[ \t]*$/;
const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
/** Value and timestamp behind name and labels. */
const tail = /^[ \t]*(\S+)(?:[ \t]+(-?\d+))?[ \t]*$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Makes the parser of one scrape. `blocks` are label blocks seen before: the same text is read once and its labels are shared. */
export function createExpositionParser(blocks: Map<string, LabelBlock> = new Map()): ExpositionParser {
  const families = new Map<string, SampleType>();
  return {
    read(line) {
      const start = firstInk(line);
      if (start === line.length) return nothing;
      if (line[start] === "#") {
        const [, family, name] = declaration.exec(line.slice(start)) ?? [];
        const type = types.find((known) => known === name);
        if (family !== undefined && type !== undefined) families.set(family, type);
        return nothing;
      }
      metricName.lastIndex = start;
      const metric = metricName.exec(line)?.[0];
      if (metric === undefined) return malformed("it does not begin with a metric name", line);
      let at = start + metric.length;
      while (line[at] === " " || line[at] === "\t") at += 1;
      let block: LabelBlock = { labels: {}, suffix: "", length: 0 };
      if (line[at] === "{") {
        const read = labelsAt(line, at, blocks);
        if (typeof read === "string") return malformed(read, line);
        block = read;
        at += read.length;
      } else if (at === start + metric.length) return malformed("there is no blank after the metric name", line);
      const [, number, timestamp] = tail.exec(line.slice(at)) ?? [];
      const value = number === undefined ? undefined : readValue(number);
      if (value === undefined) return malformed("there is no number where the value should be", line);
      return {
        kind: "sample",
        series: metric + block.suffix,
        metric,
        labels: block.labels,
        type: typeOf(metric, families),
        value,
        ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
      };
    },
  };
}

function firstInk(line: string): number {
  let at = 0;
  while (at < line.length && (line[at] === " " || line[at] === "\t")) at += 1;
  return at;
}

/** Looks for the block's text among those seen: label values seldom hold `}`, so the text up to the first one is tried. */
function labelsAt(line: string, at: number, blocks: Map<string, LabelBlock>): LabelBlock | string {
  const text = line.slice(at, line.indexOf("}", at) + 1);
  const known = blocks.get(text);
  if (known !== undefined) return known;
  const read = readLabels(line, at);
  if (typeof read !== "string" && read.length === text.length) blocks.set(text, read);
  return read;
}

/** A number as Go's ParseFloat reads the ones that exporters write; hexadecimal ones are refused. */
function readValue(text: string): number | undefined {
  if (decimal.test(text)) return Number(text);
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return undefined;
}

/** `x_bucket`, `x_sum` and `x_count` belong to the histogram or summary x where that was declared. */
function typeOf(metric: string, families: ReadonlyMap<string, SampleType>): SampleType {
  const own = families.get(metric);
  if (own !== undefined) return own;
  const stem = /^(.+)_(?:bucket|sum|count)$/.exec(metric)?.[1];
  const family = stem === undefined ? undefined : families.get(stem);
  return family === "histogram" || family === "summary" ? family : "unknown";
}

function malformed(why: string, line: string): ExpositionLine {
  return { kind: "malformed", message: `${why}: ${JSON.stringify(line.slice(0, 120))}` };
}
