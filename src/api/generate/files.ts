// Every file that is generated from the schemas, as text.
import { stringify } from "yaml";
import { kinds } from "../kinds.ts";
import { group } from "../schema/kind.ts";
import { crdOf } from "./crd.ts";
import { reasonsPage } from "./reasons-page.ts";
import { referencePage } from "./reference.ts";

/** A generated file; the path is relative to the project. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** All generated files, in a fixed order and with fixed bytes. */
export function generatedFiles(): readonly GeneratedFile[] {
  const manifests = kinds.flatMap((kind) => {
    const name = `${group}_${kind.type.plural}.yaml`;
    const text = `# Generated from src/api by npm run generate; do not edit.\n${stringify(crdOf(kind), { lineWidth: 0, aliasDuplicateObjects: false })}`;
    return [
      { path: `crds/${name}`, text },
      { path: `charts/dharma/files/crds/${name}`, text },
    ];
  });
  const pages = kinds.map((kind) => ({
    path: `docs/reference/${kind.type.kind.toLowerCase()}.md`,
    text: referencePage(kind),
  }));
  return [
    ...manifests,
    ...pages,
    { path: "docs/reference/README.md", text: indexPage() },
    { path: "docs/reference/reasons.md", text: reasonsPage() },
  ];
}

function indexPage(): string {
  return [
    "<!-- Generated from src/api by npm run generate; do not edit. -->",
    "# Reference",
    "",
    "| kind | short | what it is |",
    "|---|---|---|",
    ...kinds.map(
      ({ type, shortName, purpose }) => `| [${type.kind}](${type.kind.toLowerCase()}.md) | ${shortName} | ${purpose} |`,
    ),
    "",
    "[Reasons](reasons.md): every code in conditions, events and errors, with what to do.",
    "",
  ].join("\n");
}
