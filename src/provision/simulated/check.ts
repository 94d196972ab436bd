// What is wrong with the inputs of a resource by its table alone: missing, unknown, of the wrong type, not allowed.
import { nearestName } from "./nearest.ts";
import type { CompactType } from "./tables/shape.ts";
import type { PackageTables, TypeTable } from "./tables/tables.ts";
import { isAsset, isList, isObject, isUnknown, type Json, type JsonObject, reveal } from "./values.ts";

/** One refused property: `property` is a path like `ebsBlockDevices[0].iops`. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** Everything wrong with `inputs`; empty when the table has nothing against them. Unknown values of a preview are taken on trust. */
export function checkInputs(tables: PackageTables, table: TypeTable, inputs: JsonObject): readonly Failure[] {
  const failures: Failure[] = [];
  const plain = reveal(inputs);
  const required = Object.fromEntries(
    Object.entries(table.shape.inputs).map(([name, type]) => [
      name,
      table.required.has(name) ? `${type.replace("!", "")}!` : type,
    ]),
  );
  checkProperties({ tables, table, failures }, required, plain, { shown: "", path: "" });
  return failures;
}

interface Work {
  readonly tables: PackageTables;
  readonly table: TypeTable;
  readonly failures: Failure[];
}

/** Where a value is: as shown to people (with indices) and as the tables name it (without). */
interface Place {
  readonly shown: string;
  readonly path: string;
}

function within(place: Place, name: string): Place {
  const dot = place.path === "" ? "" : ".";
  return { shown: place.shown + dot + name, path: place.path + dot + name };
}

function checkProperties(
  work: Work,
  properties: Readonly<Record<string, CompactType>>,
  value: Json,
  place: Place,
): void {
  if (!isObject(value)) return;
  for (const [name, type] of Object.entries(properties)) {
    const given = value[name];
    if (type.endsWith("!") && (given === undefined || given === null)) {
      const reason = `Missing required argument. The argument "${name}" is required, but no definition was found.`;
      work.failures.push({ property: within(place, name).shown, reason });
    }
  }
  for (const [name, given] of Object.entries(value)) {
    if (name.startsWith("__")) continue;
    const type = properties[name];
    if (type === undefined) {
      const near = nearestName(name, Object.keys(properties));
      const hint =
        near === undefined ? ` Known: ${Object.keys(properties).toSorted().join(", ")}.` : ` Did you mean "${near}"?`;
      const reason = `Unsupported argument. An argument named "${name}" is not expected here.${hint}`;
      work.failures.push({ property: within(place, name).shown, reason });
    } else checkValue(work, type.replace("!", ""), given, within(place, name));
  }
}

function checkValue(work: Work, type: CompactType, value: Json, place: Place): void {
  if (value === null || isUnknown(value) || isAsset(value)) return;
  if (type === "a") return;
  if (type.startsWith("[]")) {
    if (!isList(value)) return refuse(work, place, "a list", value);
    value.forEach((item, index) =>
      checkValue(work, type.slice(2), item, { ...place, shown: `${place.shown}[${index}]` }),
    );
  } else if (type.startsWith("{}")) {
    if (!isObject(value)) return refuse(work, place, "a map", value);
    for (const [key, item] of Object.entries(value))
      checkValue(work, type.slice(2), item, { ...place, shown: `${place.shown}.${key}` });
  } else if (type.startsWith("@") || type === "o") {
    if (!isObject(value)) return refuse(work, place, "an object", value);
    const properties = work.tables.objects[type.slice(1)];
    if (properties !== undefined) checkProperties(work, properties, value, place);
  } else checkScalar(work, type, value, place);
}

function checkScalar(work: Work, type: CompactType, value: Json, place: Place): void {
  if (isObject(value) || isList(value) || value === null)
    return refuse(work, place, scalarNames[type] ?? "a value", value);
  if (type === "n" && (typeof value === "boolean" || String(value).trim() === "" || !Number.isFinite(Number(value)))) {
    return refuse(work, place, "a number", value);
  }
  if (type === "b" && !["true", "false"].includes(String(value))) return refuse(work, place, "true or false", value);
  const allowed = work.table.allowed.get(place.path);
  if (allowed === undefined || allowed.admits(value) || value === "") return;
  const reason = `expected ${place.path} to be one of ${allowed.text.split("|").join(", ")}, got ${String(value)}`;
  work.failures.push({ property: place.shown, reason });
}

const scalarNames: Readonly<Record<string, string>> = { s: "a string", n: "a number", b: "true or false" };

function refuse(work: Work, place: Place, wanted: string, value: Json): void {
  const got = isList(value) ? "a list" : isObject(value) ? "an object" : `${typeof value} ${JSON.stringify(value)}`;
  work.failures.push({
    property: place.shown,
    reason: `Incorrect attribute value type: ${wanted} is required, got ${got}.`,
  });
}
