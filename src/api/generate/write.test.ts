import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { opaPath } from "../../../test/support/policy.ts";
import { generatedPolicyFiles } from "../../policy/generate.ts";
import { kinds } from "../kinds.ts";
import { reasons } from "../reasons.ts";
import { type Structural, structural } from "../schema/structural.ts";
import { crds } from "./crd.ts";
import { generatedFiles } from "./files.ts";
import { differences, generate } from "./write.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const { signal } = new AbortController();
const files = generatedFiles();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "generate-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("generate", () => {
  it("finds the project's generated files as they should be (else: npm run generate)", async () => {
    const all = [...files, ...(await generatedPolicyFiles(project, await opaPath(), signal))];
    expect(await differences(project, all, signal)).toEqual([]);
  });

  it("writes everything, then finds no difference, then names what was edited, is missing or does not belong", async () => {
    expect(await generate(folder, files, signal)).toHaveLength(files.length);
    expect(await differences(folder, files, signal)).toEqual([]);
    await writeFile(join(folder, "crds/iacdharma.com_blueprints.yaml"), "edited");
    await rm(join(folder, "docs/reference/reasons.md"));
    await writeFile(join(folder, "crds/old.yaml"), "left behind");
    const changed = ["crds/iacdharma.com_blueprints.yaml", "crds/old.yaml", "docs/reference/reasons.md"];
    expect(await differences(folder, files, signal)).toEqual(changed);
    expect(await generate(folder, files, signal)).toEqual(changed);
    expect(await differences(folder, files, signal)).toEqual([]);
  });

  it("gives the chart the same manifests, byte for byte", async () => {
    for (const { type } of kinds) {
      const name = `iacdharma.com_${type.plural}.yaml`;
      const [crd, copy] = await Promise.all(
        ["crds", "charts/dharma/files/crds"].map((place) => readFile(join(project, place, name), "utf8")),
      );
      expect(copy).toBe(crd);
      expect(parse(crd ?? "")).toEqual(
        JSON.parse(JSON.stringify(crds().find(({ metadata }) => metadata.name === `${type.plural}.iacdharma.com`))),
      );
    }
  });

  it("documents every reason", () => {
    const page = generatedFiles().find(({ path }) => path === "docs/reference/reasons.md")?.text ?? "";
    expect(Object.keys(reasons).filter((reason) => !page.includes(`| \`${reason}\` |`))).toEqual([]);
  });
});

describe("the CRDs", () => {
  it("carry the contract's names, scopes, short names and category", () => {
    const names = crds().map(({ spec }) => [
      spec.names.kind,
      spec.names["shortNames"],
      spec.names["categories"],
      spec.scope,
    ]);
    expect(names).toEqual([
      ["Blueprint", ["bp"], ["dharma"], "Namespaced"],
      ["BlueprintRun", ["bprun"], ["dharma"], "Namespaced"],
      ["RemediationPolicy", ["rp"], ["dharma"], "Namespaced"],
      ["Remediation", ["rem"], ["dharma"], "Namespaced"],
      ["CostBudget", ["cb"], ["dharma"], "Namespaced"],
      ["EdgeCluster", ["ec"], ["dharma"], "Cluster"],
    ]);
  });

  it("describe every field and give status.health one shape on all kinds", () => {
    const healths = crds().map((crd) => {
      const text = JSON.stringify(crd);
      const start = text.indexOf('"health":{"description":"Written by the inference loop');
      return text.slice(start, text.indexOf('"updateTime"', start));
    });
    expect(new Set(healths).size).toBe(1);
    expect(healths[0]).toContain("anomalyPercent");
    expect(kinds.flatMap(({ type, schema }) => undescribed(type.kind, structural(schema)))).toEqual([]);
  });
});

/** Paths of fields without a description. */
function undescribed(path: string, schema: Structural): readonly string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    ...(child.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(`${path}.${name}`, child),
  ]);
  return [...fields, ...(schema.items === undefined ? [] : undescribed(`${path}[]`, schema.items))];
}
