// Suggestions: what is refused or asked for often enough leads to one, with its evidence, as a document to review.
import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { parseSettings, SettingsError, type Suggestion, suggestionsOf, suggestionYaml } from "./index.ts";
import { decided, denied, finding, mined } from "./suggest-fixtures.ts";
import type { MinedDecision } from "./suggest-mined.ts";

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
