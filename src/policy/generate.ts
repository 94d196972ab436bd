// What is generated from the rules' annotations: the catalog that rules and scores read, and a page for people.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Catalog, catalogsOf, frameworkOf } from "./catalog.ts";
import { frameworks } from "./frameworks.ts";

/** Text of every generated file, by its path relative to the project's `root`. */
export async function generatedPolicyFiles(
  root: string,
  opa: string,
  signal: AbortSignal,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const { stdout } = await promisify(execFile)(opa, ["inspect", "--annotations", "--format=json", "policies"], {
    cwd: root,
    signal,
    maxBuffer: 64 << 20,
  });
  const packs = Object.entries(catalogsOf(JSON.parse(stdout))).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...packs.map(([pack, catalog]) => ({
      path: `policies/catalog/${pack}/data.json`,
      text: `${JSON.stringify(sorted(catalog), undefined, 2)}\n`,
    })),
    { path: "docs/reference/controls.md", text: controlsPage(packs) },
  ];
}

function controlsPage(packs: readonly (readonly [string, Catalog])[]): string {
  const all = packs.flatMap(([, catalog]) => Object.values(catalog));
  return [
    "<!-- Generated from policies/ by npm run generate; do not edit. -->",
    "# Controls",
    "",
    "What the built-in packs look at. Ids of frameworks name the published controls a rule gives evidence for; their texts are their owners'.",
    "",
    "| framework | rules | distinct controls |",
    "|---|---|---|",
    ...frameworks.map(({ name, title }) => {
      const of = all.map(({ controls }) => controls.filter((control) => frameworkOf(control) === name));
      return `| ${title} (\`${name}\`) | ${of.filter(({ length }) => length > 0).length} | ${new Set(of.flat()).size} |`;
    }),
    `| all | ${all.length} | |`,
    ...packs.flatMap(([pack, catalog]) => [
      "",
      `## ${pack}`,
      "",
      "| rule | what | severity | controls | to mend it |",
      "|---|---|---|---|---|",
      ...Object.entries(sorted(catalog)).map(
        ([id, { title, severity, controls, remediation }]) =>
          `| \`${id}\` | ${cell(title)} | ${severity} | ${controls.join("<br>")} | ${cell(remediation)} |`,
      ),
    ]),
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll("\n", " ");
}

function sorted(catalog: Catalog): Catalog {
  return Object.fromEntries(
    Object.entries(catalog)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { title, severity, types, needs, controls, remediation }]) => [
        id,
        { title, severity, types, needs, controls, remediation },
      ]),
  );
}
