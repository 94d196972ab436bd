import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complianceReport, type JudgedSubject } from "./report.ts";
import { reportCsv } from "./report-csv.ts";
import { reportHtml } from "./report-html.ts";

const failure = {
  rule: "aws.s3.versioning",
  severity: "Medium" as const,
  controls: ["pci-dss-4.0/10.3.4", "soc-2/CC7.4"],
  message: "assets keeps no versions: add a BucketVersioning",
  resources: ["assets"],
  resourceCount: 1,
  judged: 3,
};
const subject = (namespace: string, name: string, compliance?: JudgedSubject["compliance"]): JudgedSubject => ({
  kind: "Blueprint",
  namespace,
  name,
  compliance,
});
const judged: readonly JudgedSubject[] = [
  subject("web", "site"),
  subject("shop", "orders", {
    scorePercent: 50,
    passed: 1,
    failed: 1,
    excepted: 0,
    frameworks: [
      { name: "pci-dss-4.0", scorePercent: 0, passed: 0, failed: 1, excepted: 0 },
      { name: "gdpr", scorePercent: 100, passed: 1, failed: 0, excepted: 0 },
    ],
    failedControls: [failure],
    bundle: "sha256:00",
    evaluateTime: "2026-11-22T20:00:00Z",
  }),
];
const catalog = {
  "aws.s3.versioning": {
    title: "S3 buckets keep versions",
    severity: "Medium" as const,
    types: [],
    needs: [],
    controls: [],
    remediation: "Add a BucketVersioning.",
  },
};
const about = { time: "2026-11-22T20:10:00Z", scope: "cluster test" };

describe("a compliance report", () => {
  test("sums up by namespace and framework, and names what is unknown instead of counting it", () => {
    const report = complianceReport(judged, catalog, about);
    expect(report.score).toMatchObject({ scorePercent: 50, passed: 1, failed: 1 });
    expect(report.namespaces.map(({ name, scorePercent }) => [name, scorePercent])).toEqual([
      ["shop", 50],
      ["web", undefined],
    ]);
    expect(report.unknown).toEqual(["Blueprint web/site"]);
    expect(report.subjects[0]?.failures[0]).toMatchObject({ title: "S3 buckets keep versions", judged: 3 });
  });

  test("of one framework holds its scores and failures alone", () => {
    const gdpr = complianceReport(judged, catalog, { ...about, framework: "gdpr" });
    expect(gdpr.score).toMatchObject({ scorePercent: 100, passed: 1, failed: 0 });
    expect(gdpr.subjects[0]?.failures).toEqual([]);
    const pci = complianceReport(judged, catalog, { ...about, framework: "pci-dss-4.0" });
    expect(pci.score.scorePercent).toBe(0);
    expect(pci.subjects[0]?.failures.map(({ rule }) => rule)).toEqual(["aws.s3.versioning"]);
  });

  test("as CSV has a row for each failure, one for what is unknown, and no field a spreadsheet would run", () => {
    const evil = subject("shop", "evil", {
      scorePercent: 0,
      failedControls: [{ ...failure, message: '=cmd("x"), "quoted"' }],
    });
    const lines = reportCsv(complianceReport([...judged, evil], catalog, about)).split("\r\n");
    expect(lines).toHaveLength(5);
    expect(lines[1]).toContain(`"'=cmd(""x""), ""quoted"""`);
    expect(lines[2]).toMatch(/^shop,Blueprint,orders,fail,aws\.s3\.versioning,S3 buckets keep versions,Medium,/);
    expect(lines[3]).toMatch(/^web,Blueprint,site,unknown,/);
  });

  test("as HTML lets no text become markup", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const page = reportHtml(
          complianceReport(
            [subject("shop", text, { scorePercent: 0, failedControls: [{ ...failure, message: text }] })],
            catalog,
            about,
          ),
        );
        const plain = reportHtml(
          complianceReport(
            [subject("shop", "x", { scorePercent: 0, failedControls: [{ ...failure, message: "x" }] })],
            catalog,
            about,
          ),
        );
        expect(page.match(/</g)?.length).toBe(plain.match(/</g)?.length);
      }),
    );
  });
});
