// Exceptions looked at again: what is used a lot, put off or covers nothing leads to a suggestion; what is not known does not.
import { describe, expect, test } from "vitest";
import { suggestionsOf } from "./index.ts";
import { decided, finding, mined, urn } from "./suggest-fixtures.ts";
import type { Mined, MinedException, MinedFinding } from "./suggest-mined.ts";

const exception = (more: Partial<MinedException> = {}): MinedException => ({
  name: "assets",
  rules: ["aws.s3.versioning"],
  owner: "jane",
  reason: "moving (soon)",
  expireTime: "2026-12-01T00:00:00.000Z",
  ...more,
});
const used = (days: number, more: Partial<MinedFinding> = {}, end = "2026-12-01T00:00:00.000Z") =>
  decided(days, {
    warn: [
      finding("aws.s3.versioning", { message: `excepted until ${end} by jane (moving (soon)): mend it`, ...more }),
    ],
  });

describe("an exception", () => {
  test("that is used in many runs suggests the settings that would say it", () => {
    const decisions = [1, 2, 3, 4, 5].map((days) => used(days));
    expect(suggestionsOf(mined({ decisions, exceptions: [exception()] }))).toMatchObject([
      {
        kind: "Parameter",
        evidence: { count: 5, facts: expect.arrayContaining([expect.stringContaining("used in 5 runs")]) },
        change: expect.stringContaining("has no parameter"),
        settings: { namespaces: { shop: { modes: { aws: "Warn" } } } },
      },
    ]);
  });

  test("that covers many resources suggests the same, from one plan on", () => {
    const warn = Array.from({ length: 5 }, (_, index) => used(1, { resource: `${urn}${index}` }).warn).flat();
    expect(suggestionsOf(mined({ decisions: [decided(1, { warn })] }))).toMatchObject([{ kind: "Parameter" }]);
  });

  test("whose end was put off suggests the same, and tells the ends", () => {
    const decisions = [used(20, {}, "2026-11-05T00:00:00.000Z"), used(2)];
    const [only] = suggestionsOf(mined({ decisions }));
    expect(only?.evidence.facts).toContainEqual(
      "renewed: ends were 2026-11-05T00:00:00.000Z, 2026-12-01T00:00:00.000Z",
    );
  });

  test("beside another of the same owner is not taken for a renewed one", () => {
    const decisions = [
      used(5),
      used(4, {}, "2026-11-30T00:00:00.000Z"),
      used(3),
      used(2, {}, "2026-11-30T00:00:00.000Z"),
    ];
    expect(suggestionsOf(mined({ decisions }))).toEqual([]);
  });

  test("that has expired suggests to take it out", () => {
    const exceptions = [exception({ expireTime: "2026-11-01T00:00:00Z", blueprint: "Blueprint shop/web" })];
    expect(suggestionsOf(mined({ exceptions }))).toMatchObject([
      { kind: "Remove", change: "Take exception assets out of the annotation of Blueprint shop/web." },
    ]);
  });

  const judged = (excepted: number) => [
    { kind: "Blueprint", namespace: "shop", name: "web", compliance: { scorePercent: 50, failed: 9, excepted } },
  ];

  test("that no decision and no score needed suggests to take it out", () => {
    const found = suggestionsOf(mined({ exceptions: [exception()], decisions: [decided(1)], judged: judged(0) }));
    expect(found).toMatchObject([
      { kind: "Remove", title: expect.stringContaining("covers nothing"), evidence: { count: 1 } },
    ]);
  });

  test.each<[string, Partial<Mined>]>([
    ["was used", { decisions: [used(1)], judged: judged(0) }],
    ["may be what a score counts", { decisions: [decided(1)], judged: judged(1) }],
    ["no plan was judged under", { judged: judged(0) }],
    [
      "is for a Blueprint nobody judged",
      { decisions: [decided(1)], judged: [{ kind: "Blueprint", namespace: "shop", name: "web" }] },
    ],
    [
      "is for live workloads",
      { exceptions: [exception({ rules: ["kubernetes.*"] })], decisions: [decided(1)], judged: judged(0) },
    ],
    [
      "is for another namespace",
      { exceptions: [exception({ namespaces: ["other"] })], decisions: [decided(1)], judged: judged(0) },
    ],
  ])("that %s is left alone", (_name, more) => {
    expect(suggestionsOf(mined({ exceptions: [exception()], ...more }))).toEqual([]);
  });
});
