// Packs in Audit: where nothing fails they are suggested to be enforced; where that is not known they are not.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { suggestionsOf } from "./index.ts";
import { enforcedByDefault } from "./suggest-enforce.ts";
import { mined } from "./suggest-fixtures.ts";
import type { Mined } from "./suggest-mined.ts";

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
