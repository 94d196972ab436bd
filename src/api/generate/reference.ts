// The field reference of a kind, in Markdown.
import { apiVersion, type KindDefinition } from "../schema/kind.ts";
import { isTransition } from "../schema/rule.ts";
import { type Structural, structural } from "../schema/structural.ts";

interface Row {
  readonly path: string;
  readonly schema: Structural;
  readonly required: boolean;
}

/** docs/reference/KIND.md. */
export function referencePage(kind: KindDefinition): string {
  const root = structural(kind.schema);
  const rows = descend("", root);
  const { type, shortName, columns } = kind;
  return [
    `<!-- Generated from src/api by npm run generate; do not edit. -->`,
    `# ${type.kind}`,
    "",
    kind.purpose,
    "",
    `\`apiVersion: ${apiVersion}\`, \`kind: ${type.kind}\`, ${type.namespaced ? "namespaced" : "cluster-scoped"}. Short name \`${shortName}\`, category \`dharma\`.`,
    "",
    `\`kubectl get ${shortName}\` shows ${columns
      .filter((column) => column.priority !== 1)
      .map((column) => column.name)
      .join(", ")}; with \`-o wide\` also ${wide(kind)}.`,
    "",
    "## Spec",
    "",
    ...table(rows.filter((row) => row.path === "spec" || row.path.startsWith("spec."))),
    "",
    "## Status",
    "",
    ...table(rows.filter((row) => row.path.startsWith("status."))),
    "",
    "## Rules",
    "",
    "Checked when the object is written, besides types, bounds and unique names.",
    "",
    "| field | message | CEL |",
    "|---|---|---|",
    ...[{ path: "", schema: root, required: true }, ...rows].flatMap(({ path, schema }) =>
      schema.rules.map(
        (rule) =>
          `| ${code(path === "" ? "(object)" : path)} | ${escape(rule.message)}${isTransition(rule) ? " (on update)" : ""} | ${code(rule.rule)} |`,
      ),
    ),
    "",
  ].join("\n");
}

function wide(kind: KindDefinition): string {
  const names = kind.columns.filter((column) => column.priority === 1).map((column) => column.name);
  return names.length === 0 ? "nothing more" : names.join(", ");
}

function table(rows: readonly Row[]): readonly string[] {
  return [
    "| field | type | default | description |",
    "|---|---|---|---|",
    ...rows.map(({ path, schema, required }) => {
      const initial = required
        ? "**required**"
        : "default" in schema && !isEmptyObject(schema.default)
          ? code(JSON.stringify(schema.default))
          : "";
      return `| ${code(path)} | ${typeName(schema)} | ${initial} | ${escape(schema.description ?? "")}${bounds(schema)} |`;
    }),
  ];
}

function descend(path: string, schema: Structural): readonly Row[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [{ path: at, schema: child, required: schema.required.includes(name) }, ...descend(at, child)];
  });
  const items = schema.items === undefined ? [] : inside(`${path}[]`, schema.items);
  const values = schema.additionalProperties === undefined ? [] : inside(`${path}.*`, schema.additionalProperties);
  return [...children, ...items, ...values];
}

/** An element has a row of its own only when it says more than its list does. */
function inside(path: string, schema: Structural): readonly Row[] {
  const own = schema.properties === undefined || schema.rules.length > 0 ? [{ path, schema, required: false }] : [];
  return [...own, ...descend(path, schema)];
}

function typeName(schema: Structural): string {
  if (schema.intOrString) return "integer or string";
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(", ");
  if (schema.type === "array")
    return `list of ${schema.items === undefined ? "anything" : plain(schema.items)}${schema.listKeys === undefined ? "" : ` by ${schema.listKeys.join(", ")}`}`;
  return plain(schema);
}

function plain(schema: Structural): string {
  if (schema.additionalProperties !== undefined) return `map of ${schema.additionalProperties.type ?? "anything"}`;
  if (schema.preserveUnknown) return "open object";
  return schema.format === "date-time" ? "time" : (schema.format ?? schema.type ?? "anything");
}

function bounds(schema: Structural): string {
  const { minimum, maximum, maxItems, maxLength } = schema.bounds;
  const parts = [
    minimum === undefined ? "" : `at least ${minimum}`,
    maximum === undefined ? "" : `at most ${maximum}`,
    maxItems === undefined ? "" : `at most ${maxItems} entries`,
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function code(text: string): string {
  return `\`${text.replaceAll("|", String.raw`\|`)}\``;
}

function escape(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll("<", "&lt;");
}
