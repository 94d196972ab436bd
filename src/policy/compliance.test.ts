import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Catalog } from "./catalog.ts";
import { complianceOf, joinScores } from "./compliance.ts";
import type { ExistingResource, Finding, Severity } from "./decision.ts";

const severities = ["Low", "Medium", "High", "Critical"] as const;
const control = (severity: Severity, type: string, ...controls: string[]): Catalog[string] => ({
  title: "T",
  severity,
  types: [type],
  needs: [],
  controls,
  remediation: "mend it",
});
const catalog: Catalog = {
  "aws.s3.public": control("Critical", "bucket", "cis/1", "pci/1"),
  "aws.s3.logs": control("Low", "bucket", "cis/2"),
  "aws.db.backup": control("Medium", "db", "pci/9"),
};
const resource = (type: string, name: string): ExistingResource => ({ urn: `urn:${name}`, name, type, new: {} });
const finding = (rule: string, name: string): Finding => ({
  rule,
  message: `${name} is wrong`,
  resource: `urn:${name}`,
  controls: [...(catalog[rule]?.controls ?? [])],
  severity: catalog[rule]?.severity ?? "Low",
});
const buckets = [resource("bucket", "a"), resource("bucket", "b")];

describe("a compliance score", () => {
  test("counts only controls that look at something that is there", () => {
    const { scorePercent, passed, frameworks } = complianceOf(catalog, buckets, { fails: [], excepted: [] });
    expect({ scorePercent, passed }).toEqual({ scorePercent: 100, passed: 2 });
    expect(frameworks.map(({ name, passed: of }) => [name, of])).toEqual([
      ["cis", 2],
      ["pci", 1],
    ]);
  });

  test("is absent, not 100, where nothing could be judged", () => {
    const none = complianceOf(catalog, [resource("queue", "q")], { fails: [], excepted: [] });
    expect(none).toMatchObject({ scorePercent: undefined, frameworks: [], passed: 0 });
  });

  test("weighs by severity and names the control, its evidence and what mends it", () => {
    const { scorePercent, failed, frameworks } = complianceOf(catalog, buckets, {
      fails: [finding("aws.s3.public", "b")],
      excepted: [],
    });
    expect(scorePercent).toBe(11); // 1 of 9
    expect(failed).toEqual([
      {
        rule: "aws.s3.public",
        title: "T",
        severity: "Critical",
        controls: ["cis/1", "pci/1"],
        remediation: "mend it",
        findings: [finding("aws.s3.public", "b")],
        judged: 2,
      },
    ]);
    expect(frameworks).toEqual([
      { name: "cis", scorePercent: 11, passed: 1, failed: 1, excepted: 0 },
      { name: "pci", scorePercent: 0, passed: 0, failed: 1, excepted: 0 },
    ]);
  });

  test("takes an accepted risk neither for passed nor for failed", () => {
    const excepted = [finding("aws.s3.public", "b")];
    const score = complianceOf(catalog, buckets, { fails: [], excepted });
    expect(score).toMatchObject({ scorePercent: 100, passed: 1, failed: [], excepted });
    expect(score.frameworks).toEqual([{ name: "cis", scorePercent: 100, passed: 1, failed: 0, excepted: 1 }]);
  });

  test("never rises when one more control fails, and is 100 only when none does", () => {
    const rules = Array.from({ length: 20 }, (_, index) => `aws.x.c${index}`);
    const anyCatalog = fc
      .array(fc.constantFrom(...severities), { minLength: 20, maxLength: 20 })
      .map((chosen) => Object.fromEntries(rules.map((rule, at) => [rule, control(chosen[at] ?? "Low", "bucket")])));
    fc.assert(
      fc.property(anyCatalog, fc.subarray(rules), fc.constantFrom(...rules), (of, failing, more) => {
        const scoreWith = (fails: readonly string[]) =>
          complianceOf(of, buckets, { fails: fails.map((rule) => finding(rule, "a")), excepted: [] }).scorePercent ??
          -1;
        const before = scoreWith(failing);
        expect(scoreWith([...new Set([...failing, more])])).toBeLessThanOrEqual(before);
        expect(before === 100).toBe(failing.length === 0);
      }),
    );
  });

  test("of several parts lies between theirs", () => {
    const good = complianceOf(catalog, buckets, { fails: [], excepted: [] });
    const bad = complianceOf(catalog, buckets, { fails: [finding("aws.s3.public", "b")], excepted: [] });
    const scores = [good, bad].map((part) => ({ ...part, failed: part.failed.length }));
    const joined = joinScores(scores);
    expect(joined).toMatchObject({ scorePercent: 55, passed: 3, failed: 1 });
    expect(joined.frameworks).toContainEqual({ name: "cis", scorePercent: 55, passed: 3, failed: 1, excepted: 0 });
    expect(joinScores([])).toEqual({ scorePercent: undefined, passed: 0, failed: 0, frameworks: [] });
  });
});
