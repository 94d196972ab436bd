import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { type Catalog, catalogsOf, frameworkOf, packOf } from "./catalog.ts";
import { fedrampModerate } from "./fedramp.ts";
import { frameworks } from "./frameworks.ts";

let catalog: Catalog;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(
    await opaPath(),
    ["inspect", "--annotations", "--format=json", "policies"],
    { cwd: join(import.meta.dirname, "../.."), maxBuffer: 64 << 20 },
  );
  catalog = Object.assign({}, ...Object.values(catalogsOf(JSON.parse(stdout))));
});

describe("the catalog of controls", () => {
  test("names only frameworks that are counted", () => {
    const known = new Set(frameworks.map(({ name }) => name));
    const named = Object.entries(catalog).flatMap(([id, { controls }]) =>
      controls.map((control) => `${id}: ${frameworkOf(control)}`),
    );
    expect(named.filter((line) => !known.has(line.split(": ")[1] ?? ""))).toEqual([]);
  });

  test("names a NIST control of the moderate baseline under FedRAMP too, and no other", () => {
    for (const [id, { controls }] of Object.entries(catalog)) {
      const idsOf = (framework: string) =>
        controls.filter((control) => frameworkOf(control) === framework).map((control) => control.split("/")[1] ?? "");
      expect([id, idsOf("fedramp-moderate-r5").toSorted()]).toEqual([
        id,
        idsOf("nist-800-53-r5")
          .filter((control) => fedrampModerate.has(control))
          .toSorted(),
      ]);
    }
  });

  test("gives every control a severity that is spread over more than one level in each pack of ten or more", () => {
    const packs = Map.groupBy(Object.entries(catalog), ([id]) => packOf(id));
    for (const [pack, controls] of packs) {
      if (controls.length < 10) continue;
      expect([pack, new Set(controls.map(([, { severity }]) => severity)).size > 1]).toEqual([pack, true]);
    }
  });
});

describe("an annotation that is incomplete", () => {
  const inspected = (custom: object, title?: string) => ({
    annotations: [
      {
        annotations: { ...(title === undefined ? {} : { title }), custom },
        path: ["data", "dharma", "controls", "aws", "s3", "fails"].map((value) => ({ value })),
        location: { file: "s3.rego", row: 7 },
      },
    ],
  });
  const whole = { id: "aws.s3.x", severity: "Low", types: [], controls: [], remediation: "mend it" };

  test.each<[string, object, string | undefined, string]>([
    ["no id", { ...whole, id: undefined }, "T", "s3.rego:7: `custom.id`"],
    ["an id in upper case", { ...whole, id: "AWS.s3" }, "T", "s3.rego:7: `custom.id`"],
    ["no title", whole, undefined, "aws.s3.x"],
    ["an unknown severity", { ...whole, severity: "Fatal" }, "T", "aws.s3.x: /severity"],
    ["a control without a framework", { ...whole, controls: ["3.1.4"] }, "T", "aws.s3.x: /controls/0"],
  ])("is refused where it stands: %s", (_what, custom, title, message) => {
    expect(() => catalogsOf(inspected(custom, title))).toThrow(message);
  });

  test("an id used twice is refused", () => {
    const one = inspected(whole, "T").annotations;
    expect(() => catalogsOf({ annotations: [...one, ...one] })).toThrow("is used at s3.rego:7 already");
  });
});
