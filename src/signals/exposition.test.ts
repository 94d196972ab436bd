import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createExpositionParser, type ExpositionLine } from "./exposition.ts";
import { seriesKey } from "./sample.ts";

const read = (...lines: readonly string[]): readonly ExpositionLine[] => {
  const parser = createExpositionParser();
  return lines.map((line) => parser.read(line));
};

describe("a line of the text format", () => {
  test.each<[string, object]>([
    ["up 1", { metric: "up", series: "up", labels: {}, value: 1 }],
    ["  up\t 1  ", { metric: "up", value: 1 }],
    ["up{} 1", { series: "up", labels: {} }],
    ['up{job="a"}1', { labels: { job: "a" }, value: 1 }],
    ['up {job = "a" , } 1', { labels: { job: "a" } }],
    ['up{b="2",a="1"} 1', { series: 'up{a="1",b="2"}', labels: { a: "1", b: "2" } }],
    ['up{a="1",gone=""} 1', { labels: { a: "1" }, series: 'up{a="1"}' }],
    ['up{p="C:\\\\x\\"y\\"\\nz"} 1', { labels: { p: 'C:\\x"y"\nz' } }],
    ['up{p="{a},b=c"} 1', { labels: { p: "{a},b=c" } }],
    ["ns:up:rate5m 1.5e-3 1700000000123", { metric: "ns:up:rate5m", value: 0.0015, timestamp: 1_700_000_000_123 }],
    ["up -.5 -3", { value: -0.5, timestamp: -3 }],
    ["up NaN", { value: Number.NaN }],
    ["up +Inf", { value: Infinity }],
    ["up -Inf", { value: -Infinity }],
  ])("%j is a sample", (line, expected) => {
    expect(read(line)[0]).toMatchObject({ kind: "sample", ...expected });
  });

  test.each([[""], ["   "], ["# a comment"], ["#"], ["# HELP up 1 up{"], ["# TYPE up gauge"]])(
    "%j is nothing",
    (line) => {
      expect(read(line)).toEqual([{ kind: "nothing" }]);
    },
  );

  test.each([
    ["1up 1"],
    ["up"],
    ["up one"],
    ["up 0x10"],
    ["up 1_000"],
    ["up 1 now"],
    ["up 1 2 3"],
    ["up 1 1.5"],
    ["up+1"],
    ['up{a="1" 1'],
    ['up{a="1} 1'],
    ['up{a="\\t"} 1'],
    ["up{a=1} 1"],
    ['up{a="1"b="2"} 1'],
    ['up{a="1",,b="2"} 1'],
    ['up{a="1",a="2"} 1'],
    ['up{1a="1"} 1'],
    ['up{a="1"} '],
    ["<html>"],
    ["up 1\r"],
  ])("%j is refused", (line) => {
    expect(read(line)[0]).toMatchObject({ kind: "malformed", message: expect.stringContaining(JSON.stringify(line)) });
  });
});

test("a declaration gives its family's type to what follows, to the parts of histograms and summaries too", () => {
  const lines = read(
    "before_total 1",
    "# TYPE before_total counter",
    "before_total 1",
    "# TYPE latency histogram",
    'latency_bucket{le="+Inf"} 3',
    "latency_sum 1.5",
    "latency_count 3",
    "other_count 3",
    "# TYPE odd thing",
    "odd 1",
  );
  const kinds = lines.flatMap((line) => (line.kind === "sample" ? [line.type] : []));
  expect(kinds).toEqual(["unknown", "counter", "histogram", "histogram", "histogram", "unknown", "unknown"]);
});

test("any labels and any finite number come back as they were written", () => {
  const name = fc.stringMatching(/^[a-z_][a-zA-Z0-9_]{0,8}$/).filter((text) => text !== "__proto__");
  const value = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
  const written = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  fc.assert(
    fc.property(
      fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true }),
      fc.double({ noNaN: true }),
      (labels, number) => {
        const block = Object.entries(labels).map(([key, text]) => `${key}="${written(text)}"`);
        const text = `m{${block.join(",")}} ${String(number).replace("Infinity", "Inf")}`;
        const blocks = new Map();
        // Twice through the same blocks: what was remembered says the same as what was read.
        for (const line of [text, text]) {
          const sample = createExpositionParser(blocks).read(line);
          expect(sample).toMatchObject({ kind: "sample", labels, series: seriesKey("m", labels) });
          expect(sample.kind === "sample" && Object.is(sample.value + 0, number + 0)).toBe(true);
        }
      },
    ),
  );
});
