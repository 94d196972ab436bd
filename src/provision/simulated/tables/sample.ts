// Inputs made from a table: the least a type accepts, and two different values at any path. For tests of the tables.
import type { CompactType } from "./shape.ts";
import type { PackageTables, TypeTable } from "./tables.ts";
import type { Json, JsonObject } from "../values.ts";

/** The required properties of `table` with values its table allows. */
export function leastInputs(tables: PackageTables, table: TypeTable): JsonObject {
  return Object.fromEntries(
    [...table.required].map((name) => [name, sampleValue(tables, table, table.shape.inputs[name] ?? "s", name, 0)]),
  );
}

/** Inputs holding the `variant`-th value (0 or 1) at `path`, and nothing else; undefined where the shape does not know the path or has no second value. */
export function inputsAt(
  tables: PackageTables,
  table: TypeTable,
  path: string,
  variant: 0 | 1,
): JsonObject | undefined {
  const build = (
    properties: Readonly<Record<string, CompactType>>,
    names: readonly string[],
    prefix: string,
  ): JsonObject | undefined => {
    const [name = "", ...rest] = names;
    const type = properties[name]?.replace("!", "");
    if (type === undefined) return undefined;
    const here = prefix + name;
    if (rest.length === 0) return { [name]: sampleValue(tables, table, type, here, variant) };
    const reference = /@(.*)$/.exec(type)?.[1];
    const object = reference === undefined ? undefined : tables.objects[reference];
    const inner = object && build(object, rest, `${here}.`);
    if (inner === undefined) return undefined;
    return { [name]: type.startsWith("[]") ? [inner] : type.startsWith("{}") ? { key: inner } : inner };
  };
  return build(table.shape.inputs, path.split("."), "");
}

function sampleValue(tables: PackageTables, table: TypeTable, type: CompactType, path: string, variant: 0 | 1): Json {
  const bare = type.replace("!", "");
  if (bare.startsWith("[]")) return [sampleValue(tables, table, bare.slice(2), path, variant)];
  if (bare.startsWith("{}")) return { key: sampleValue(tables, table, bare.slice(2), path, variant) };
  if (bare.startsWith("@")) {
    const properties = tables.objects[bare.slice(1)] ?? {};
    const required = Object.entries(properties).filter(([, inner]) => inner.endsWith("!"));
    // An object without required fields differs by one that may be given.
    const chosen = required.length > 0 ? required : Object.entries(properties).slice(0, 1);
    return Object.fromEntries(
      chosen.map(([name, inner]) => [name, sampleValue(tables, table, inner, `${path}.${name}`, variant)]),
    );
  }
  const allowed = table.allowed.get(path)?.text.split("|") ?? [];
  const pick = allowed[variant] ?? allowed[0];
  if (pick !== undefined && bare !== "b") {
    const range = /^(-?\d+)-(\d*)$/.exec(pick);
    if (range !== null) return Number(range[1]) + (allowed.length === 1 ? variant : 0);
    return bare === "n" ? Number(pick) : pick;
  }
  if (bare === "n") return 10 + variant;
  if (bare === "b") return variant === 1;
  return bare === "o" ? { key: `value-${variant}` } : `value-${variant}`;
}
