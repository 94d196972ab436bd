// Suggestions: what is seen often enough leads to one, with its evidence; what is not known leads to none.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { parseSettings, SettingsError, type Suggestion, suggestionsOf, suggestionYaml } from "./index.ts";
import { enforcedByDefault } from "./suggest-enforce.ts";
import { dayMs, type Mined, type MinedDecision, type MinedException, type MinedFinding } from "./suggest-mined.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const urn = "urn:pulumi:s::p::aws:s3/bucket:Bucket::assets";

const finding = (rule: string, more: Partial<MinedFinding> = {}): MinedFinding => ({
  rule,
  message: `mend ${rule}`,
  resource: urn,
  ...more,
});

/** A decision `days` ago. */
const decided = (days: number, more: Partial<MinedDecision> = {}): MinedDecision => ({
  namespace: "shop",
  blueprint: "web",
  generation: 1,
  run: `web-${days}`,
  time: now - days * dayMs,
  allow: (more.deny ?? []).length === 0,
  requireApproval: false,
  deny: [],
  warn: [],
  ...more,
});

const catalog = {
  "aws.s3.versioning": {
    title: "Versioning",
    severity: "Medium" as const,
    types: ["aws:s3/bucket:Bucket"],
    needs: [],
    controls: ["cis-aws-6.0/1", "pci-dss-4.0/2"],
    remediation: "Turn versioning on.",
  },
  "azure.storage.tls": {
    title: "TLS",
    severity: "High" as const,
    types: [],
    needs: [],
    controls: ["pci-dss-4.0/3"],
    remediation: "Use TLS.",
  },
};

const mined = (more: Partial<Mined> = {}): Mined => ({
  now,
  decisions: [],
  judged: [],
  settings: {},
  exceptions: [],
  catalog,
  ...more,
});

const denied = (days: number, rule = "aws.s3.versioning", more: Partial<MinedDecision> = {}) =>
  decided(days, { deny: [finding(rule)], ...more });

describe("repeated denials", () => {
  test("suggest an exception to fill in, and the change of the spec that needs none", () => {
    const [only, ...others] = suggestionsOf(
      mined({ decisions: [denied(1), denied(2), denied(9, undefined, { generation: 2 })] }),
    );
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      kind: "Exception",
      evidence: {
        count: 3,
        runs: ["web-1", "web-2", "web-9"],
        firstTime: "2026-11-13T12:00:00.000Z",
        lastTime: "2026-11-21T12:00:00.000Z",
        facts: expect.arrayContaining(["refused 3 times within 30 days, for 2 versions of the spec"]),
      },
      change: expect.stringContaining("Turn versioning on."),
      settings: {
        exceptions: [
          {
            namespaces: ["shop"],
            rules: ["aws.s3.versioning"],
            resources: ["assets"],
            owner: "",
            reason: "",
            expireTime: "2026-12-22T12:00:00.000Z",
          },
        ],
      },
    });
  });

  test.each<[string, readonly MinedDecision[]]>([
    ["twice only", [denied(1), denied(2)]],
    ["of which one is older than 30 days", [denied(1), denied(2), denied(31)]],
    ["of different Blueprints", [denied(1), denied(2), denied(3, undefined, { blueprint: "other" })]],
    ["of different rules", [denied(1), denied(2), denied(3, "aws.s3.logs")]],
    [
      "of different resources",
      [denied(1), denied(2), decided(3, { deny: [finding("aws.s3.versioning", { resource: "other" })] })],
    ],
    ["by the host itself", [1, 2, 3].map((days) => denied(days, "policy.no-bundle"))],
  ])("%s suggest nothing", (_name, decisions) => {
    expect(suggestionsOf(mined({ decisions }))).toEqual([]);
  });

  test("of the same finding twice in one plan count once", () => {
    const twice = { deny: [finding("aws.s3.versioning"), finding("aws.s3.versioning", { message: "again" })] };
    expect(suggestionsOf(mined({ decisions: [decided(1, twice), decided(2, twice)] }))).toEqual([]);
  });

  test("about a whole plan suggest an exception without resources", () => {
    const whole = (days: number) => decided(days, { deny: [finding("windows.change.frozen", { resource: "" })] });
    const [only] = suggestionsOf(mined({ decisions: [whole(1), whole(2), whole(3)] }));
    expect(only?.settings?.exceptions?.[0]).not.toHaveProperty("resources");
  });
});

describe("approvals asked again and again", () => {
  const asked = (days: number, rule: string) =>
    decided(days, { requireApproval: true, warn: [finding(rule, { resource: "" })] });
  const three = (rule: string) => [1, 2, 3].map((days) => asked(days, rule));

  test("suggest the parameter that the rule goes by, with its present value", () => {
    const settings = { approvalBlastRadius: 5 };
    expect(suggestionsOf(mined({ decisions: three("dharma.change.wide"), settings }))).toMatchObject([
      {
        kind: "Parameter",
        change: expect.stringContaining("raise approvalBlastRadius"),
        settings: { namespaces: { shop: { approvalBlastRadius: 5 } } },
      },
    ]);
  });

  test.each([
    ["of a rule without a parameter", three("dharma.change.stateful"), {}],
    ["where the settings are not known", three("dharma.change.wide"), undefined],
  ])("%s suggest nothing", (_name, decisions, settings) => {
    expect(suggestionsOf(mined({ decisions, settings }))).toEqual([]);
  });
});

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

describe("packs in Audit", () => {
  const score = (name: string, passed: number, failed = 0, excepted = 0) => ({
    name,
    scorePercent: 100,
    passed,
    failed,
    excepted,
  });
  const subject = (name: string, compliance?: object) =>
    ({ kind: "Blueprint", namespace: "shop", name, compliance }) as Mined["judged"][number];
  const clean = {
    scorePercent: 100,
    failed: 0,
    excepted: 0,
    failedControls: [],
    frameworks: [score("cis-aws-6.0", 2), score("pci-dss-4.0", 3)],
  };

  test("that nothing of a namespace fails are suggested to be enforced there, with the pack they show", () => {
    expect(suggestionsOf(mined({ judged: [subject("web", clean), subject("api", clean)] }))).toMatchObject([
      {
        kind: "Enforce",
        name: "enforce-shop",
        evidence: {
          count: 2,
          facts: expect.arrayContaining([
            expect.stringContaining("pci-dss-4.0: 6 passed; enforced it refuses by 2 controls"),
          ]),
        },
        settings: {
          namespaces: { shop: { modes: { aws: "Enforce", "cis-aws-6.0": "Enforce", "pci-dss-4.0": "Enforce" } } },
        },
      },
    ]);
  });

  const failing = {
    ...clean,
    failed: 1,
    failedControls: [
      {
        rule: "azure.storage.tls",
        severity: "High",
        controls: ["pci-dss-4.0/3"],
        message: "",
        resources: [],
        resourceCount: 1,
        judged: 1,
      },
    ],
    frameworks: [score("cis-aws-6.0", 2), score("pci-dss-4.0", 3, 1)],
  };

  test.each<[string, Partial<Mined>, readonly string[]]>([
    ["that one Blueprint fails", { judged: [subject("web", clean), subject("api", failing)] }, ["aws", "cis-aws-6.0"]],
    [
      "that are set to Warn",
      { judged: [subject("web", clean)], settings: { modes: { "pci-dss-4.0": "Warn" } } },
      ["aws", "cis-aws-6.0"],
    ],
    [
      "that are enforced there already",
      { judged: [subject("web", clean)], settings: { namespaces: { shop: { modes: { aws: "Enforce" } } } } },
      ["cis-aws-6.0", "pci-dss-4.0"],
    ],
  ])("%s are left out", (_name, more, packs) => {
    const [only] = suggestionsOf(mined(more));
    expect(Object.keys(only?.settings?.namespaces?.["shop"]?.modes ?? {})).toEqual(packs);
  });

  test.each<[string, Partial<Mined>]>([
    ["a Blueprint was not judged", { judged: [subject("web", clean), subject("api")] }],
    ["not everything that fails is named", { judged: [subject("web", { ...clean, failed: 33 })] }],
    ["the settings are not known", { judged: [subject("web", clean)], settings: undefined }],
    ["nothing was there to judge", { judged: [subject("web", { ...clean, frameworks: [] })] }],
  ])("are not suggested where %s", (_name, more) => {
    expect(suggestionsOf(mined(more))).toEqual([]);
  });

  test("count as enforced by default exactly where the rules say so", async () => {
    const rego = await readFile(join(import.meta.dirname, "..", "..", "policies", "mode.rego"), "utf8");
    const [, defaults = ""] = /defaults := \{([^}]*)\}/.exec(rego) ?? [];
    const names = [...defaults.matchAll(/"([a-z]+)": "Enforce"/g)].map(([, name = ""]) => name);
    expect([...enforcedByDefault].toSorted()).toEqual(names.toSorted());
  });
});

describe("as YAML", () => {
  const [suggestion] = suggestionsOf(mined({ decisions: [denied(1), denied(2), denied(3)] })) as [Suggestion];
  const text = suggestionYaml(suggestion);

  test("a suggestion is one document that reads back", () => {
    expect(text.startsWith("---\n")).toBe(true);
    expect(parseDocument(text).errors).toEqual([]);
    expect(parse(text)).toMatchObject({
      suggestion: "Exception",
      settings: suggestion.settings,
      evidence: { count: 3 },
    });
  });

  test("its settings are taken once owner and reason are filled in, and not before", () => {
    const fragment = JSON.stringify(parse(text).settings);
    expect(() => parseSettings(fragment)).toThrow(SettingsError);
    const filled = fragment.replace('"owner":""', '"owner":"jane"').replace('"reason":""', '"reason":"moving"');
    expect(parseSettings(filled).exceptions).toHaveLength(1);
  });
});
