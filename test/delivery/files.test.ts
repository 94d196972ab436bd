// What ships beside the program: the Dockerfile, the workflows, the license, checked against what they rely on.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { tools } from "../../src/local/index.ts";
import { at, chart, listAt, objectOf, render, root } from "./chart.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dockerfile = read("Dockerfile");
/** Instructions, their continued lines joined. */
const instructions = dockerfile
  .replaceAll(/^#.*$/gm, "")
  .replaceAll(/\\\n\s*/g, " ")
  .split("\n")
  .filter((line) => line.trim() !== "");
const copies = instructions
  .filter((line) => line.startsWith("COPY") && !line.includes("--from="))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));
const packages: unknown = JSON.parse(read("package.json"));

test("every file that the Dockerfile copies is there and passes .dockerignore", () => {
  expect(copies.length).toBeGreaterThan(5);
  const passing = new Set(
    read(".dockerignore")
      .match(/^!.+$/gm)
      ?.map((line) => line.slice(1)),
  );
  for (const source of copies) {
    expect(existsSync(join(root, source)), source).toBe(true);
    expect(passing.has(source), `${source} in .dockerignore`).toBe(true);
  }
});

test("the base image is the pinned Node, and pinned by digest where it is released", () => {
  const version = String(at(packages, "devDependencies", "node"));
  expect(dockerfile).toMatch(new RegExp(`^ARG NODE_IMAGE=\\S+/node:${version.replaceAll(".", "\\.")}-`, "m"));
  expect(read(".github/workflows/release.yaml")).toContain("build-args: NODE_IMAGE=${{ steps.base.outputs.image }}");
  const bases = instructions.filter((line) => line.startsWith("FROM"));
  expect(bases.length).toBe(3);
  for (const base of bases) expect(base).toContain("${NODE_IMAGE}");
});

test("the image has the plugins of the SDKs' own versions for every package the chart allows", () => {
  const plugins = new Map(
    [...dockerfile.matchAll(/plugin install resource (\S+) (\S+)/g)].map(([, name, version]) => [name, version]),
  );
  for (const [name, version] of plugins) expect(at(packages, "dependencies", `@pulumi/${name}`)).toBe(version);
  const values: unknown = parse(readFileSync(join(chart, "values.yaml"), "utf8"));
  expect([...plugins.keys()]).toEqual(listAt(values, "allowedPackages"));
});

test("pulumi is one version in the SDK and in the tools, which the image takes from the manifest", () => {
  const pulumi = tools.find(({ name }) => name === "pulumi");
  expect(pulumi?.version).toBe(`v${String(at(packages, "dependencies", "@pulumi/pulumi"))}`);
  expect(dockerfile).toContain("node src/local/tools/main.ts pulumi opa");
});

test("the image has what the chart's arguments name, and runs as the chart's user", async () => {
  const spec = at(objectOf(await render(), "Deployment", "dharma"), "spec", "template", "spec");
  const args = listAt(spec, "containers", 0, "args").map(String);
  expect(args).toContain("--pulumi=/opt/dharma/bin/pulumi");
  expect(args).toContain("--opa=/opt/dharma/bin/opa");
  expect(dockerfile).toContain("/build/tools/opa/*/opa /opt/dharma/bin/opa");
  expect(args).toContain("--plugins=/opt/dharma/pulumi");
  expect(dockerfile).toContain("COPY --from=build /opt/dharma/bin /opt/dharma/bin");
  expect(dockerfile).toContain("COPY --from=build /opt/dharma/pulumi /opt/dharma/pulumi");
  expect(dockerfile).toContain(`USER ${String(at(spec, "securityContext", "runAsUser"))}:`);
  const writable = listAt(spec, "containers", 0, "volumeMounts").filter((mount) => at(mount, "readOnly") !== true);
  expect(writable.map((mount) => at(mount, "mountPath"))).toEqual(["/tmp"]);
  for (const variable of ["HOME", "NODE_COMPILE_CACHE"]) expect(dockerfile).toMatch(new RegExp(`${variable}=/tmp`));
});

test("the entry point runs what bin/dharma runs", () => {
  const flag = /"(--max-semi-space-size=\d+)"/.exec(read("bin/dharma"))?.[1];
  expect(dockerfile).toContain(`"node", "${flag}", "/opt/dharma/app/src/cli/main.ts"]`);
  expect(read("bin/dharma")).toContain('join(root, "src", "cli", "main.ts")');
});

test("version, appVersion and package.json are one", () => {
  const metadata: unknown = parse(readFileSync(join(chart, "Chart.yaml"), "utf8"));
  expect(at(metadata, "version")).toBe(at(packages, "version"));
  expect(at(metadata, "appVersion")).toBe(at(packages, "version"));
});

test("the workflow runs .ci/run and nothing else, and keeps the tools between runs", () => {
  const workflow: unknown = parse(read(".github/workflows/ci.yaml"));
  const steps = listAt(workflow, "jobs", "test", "steps");
  expect(steps.flatMap((step) => at(step, "run") ?? [])).toEqual([".ci/run"]);
  const cache = steps.find((step) => String(at(step, "uses")).startsWith("actions/cache@"));
  expect(at(cache, "with", "path")).toBe("~/.cache/dharma/tools");
  expect(String(at(cache, "with", "key"))).toContain("src/local/tools/manifest.ts");
  expect(existsSync(join(root, "src/local/tools/manifest.ts"))).toBe(true);
  expect(existsSync(join(root, ".ci/run"))).toBe(true);
});

test.each(readdirSync(join(root, ".github/workflows")))("%s gives its token no more than it says", (name) => {
  const workflow: unknown = parse(read(`.github/workflows/${name}`));
  expect(at(workflow, "permissions", "contents")).toBe("read");
});
