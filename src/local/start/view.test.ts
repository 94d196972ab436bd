// What `npm start` shows.
import { describe, expect, test } from "vitest";
import { parseStartOptions } from "./options.ts";
import { createPainter, renderTable, type Row } from "./view.ts";

const row = (over: Partial<Row>): Row => ({
  kind: "Blueprint",
  namespace: "shop",
  name: "web",
  phase: "Planning",
  ready: "Unknown",
  health: "-",
  resources: "-",
  cost: "-",
  why: "",
  ...over,
});

describe("the table", () => {
  test("lines up its columns and cuts only the last one", () => {
    const lines = renderTable(
      [row({ why: "a reason that is far too long for this width of screen" }), row({ name: "a-longer-name" })],
      90,
    );
    const column = lines[0]?.indexOf("PHASE");
    expect(lines.slice(1).map((line) => line.indexOf("Planning"))).toEqual([column, column]);
    expect(lines.every((line) => line.length <= 90)).toBe(true);
    expect(lines[1]).toMatch(/…$/);
  });

  test("is redrawn in place on a terminal", () => {
    let out = "";
    const painter = createPainter({ isTTY: true, width: 120, write: (text) => (out += text) });
    painter.paint([row({})]);
    painter.paint([row({ phase: "Ready", ready: "True" })]);
    expect(out).toContain("\u001b[2A");
    expect(out).toContain("\u001b[32mTrue");
  });

  test("elsewhere says only what changed", () => {
    let out = "";
    const painter = createPainter({ isTTY: false, width: 120, write: (text) => (out += text) });
    painter.paint([row({}), row({ name: "other" })]);
    painter.paint([row({}), row({ name: "other", phase: "Ready", health: "Healthy 97" })]);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual([
      "Blueprint shop/web: Planning",
      "Blueprint shop/other: Planning",
      "Blueprint shop/other: Ready, health Healthy 97",
    ]);
  });
});

describe("flags", () => {
  test("are read", () => {
    expect(parseStartOptions(["--keep", "--cluster", "kind"])).toEqual({
      keep: true,
      cluster: "kind",
      demo: true,
      folder: undefined,
    });
    expect(parseStartOptions(["--help"])).toBe("help");
  });

  test.each([
    [["--kepp"], /--kepp/],
    [["--cluster"], /--cluster/],
    [["extra"], /extra/],
  ])("%j is refused by name", (args, message) => {
    expect(() => parseStartOptions(args)).toThrow(message);
  });
});
