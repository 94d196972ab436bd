import { describe, expect, it } from "vitest";
import { matches } from "./faults.ts";
import { nearestName } from "./nearest.ts";
import { parseAllowed } from "./tables/allowed.ts";
import { readCsv } from "./tables/csv.ts";
import { fillTemplate } from "./ids.ts";

const operation = { operation: "create", type: "aws:s3/bucket:Bucket", id: "my.bucket", region: "eu-central-1" };

describe("matching a fault", () => {
  it.each([
    [{}, true],
    [{ type: "aws:s3/bucket:Bucket" }, true],
    [{ type: "aws:s3/*" }, true],
    [{ type: "aws:ec2/*" }, false],
    [{ id: "my.*" }, true],
    [{ id: "myxbucket" }, false],
    [{ id: "my*cket", region: "eu-*", operation: "create" }, true],
    [{ operation: "delete" }, false],
  ])("%j: %s", (match, expected) => {
    expect(matches(match, operation)).toBe(expected);
  });
});

describe("allowed values", () => {
  it.each([
    ["a|b", ["a", "b"], ["c", ""]],
    ["16-28", [16, "28"], [15, 29, "x"]],
    ["1-", [1, 99_999], [0]],
    ["-1-65535", [-1, 0, 65_535], [-2, 65_536]],
    ["0|30-900", [0, 30, 900], [1, 29, 901]],
    ["1.10|b-c", ["1.10", "b-c"], [1]],
  ])("of %s", (text, good, bad) => {
    const allowed = parseAllowed(text);
    expect(good.filter((value) => !allowed.admits(value))).toEqual([]);
    expect(bad.filter((value) => allowed.admits(value))).toEqual([]);
  });
});

describe("small parts", () => {
  it("name the nearest, or nothing when nothing is near", () => {
    expect(nearestName("cidrBlok", ["cidrBlock", "tags"])).toBe("cidrBlock");
    expect(nearestName("zzzzzz", ["cidrBlock", "tags"])).toBeUndefined();
  });

  it("read quoted cells and keep empty ones", () => {
    expect(readCsv('a,b,c\n1,"x, ""y""",\n,,z\n')).toEqual([
      { a: "1", b: 'x, "y"', c: "" },
      { a: "", b: "", c: "z" },
    ]);
  });

  it("fill templates from values, then from the seed, always the same", () => {
    const lookup = (name: string) => ({ bucket: "b", name: "Up" })[name];
    expect(fillTemplate("{bucket} (or {bucket},{owner})", lookup, "s")).toBe("b");
    expect(fillTemplate("{lowercase name}/x[_{set}]", lookup, "s")).toBe("up/x");
    const id = fillTemplate("vpc-{17 hex}", lookup, "s");
    expect(id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(fillTemplate("vpc-{17 hex}", lookup, "s")).toBe(id);
    expect(fillTemplate("vpc-{17 hex}", lookup, "t")).not.toBe(id);
  });
});
