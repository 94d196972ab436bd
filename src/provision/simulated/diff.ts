// What changing a resource's inputs would do: nothing, an update in place, or a replacement.
import type { TypeTable } from "./tables/tables.ts";
import { equalJson, isAsset, isList, isObject, type Json, type JsonObject } from "./values.ts";

export type ChangeKind = "add" | "delete" | "update";

export interface Change {
  /** Path with indices, for example `tags.team` or `ingress[0].fromPort`. */
  readonly path: string;
  readonly kind: ChangeKind;
  readonly replaces: boolean;
}

export interface Difference {
  readonly changes: readonly Change[];
  /** True when the old resource has to go before the new one can be made: both would have the same name. */
  readonly deleteBeforeReplace: boolean;
}

/** Compares checked inputs, both without secret wrappers. Keys in `ignored` (top level) are left out. */
export function diffInputs(
  table: TypeTable,
  olds: JsonObject,
  news: JsonObject,
  ignored: readonly string[],
): Difference {
  const changes: Change[] = [];
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (key.startsWith("__") || ignored.includes(key)) continue;
    compare(table, olds[key], news[key], { shown: key, path: key }, changes);
  }
  const replaced = new Set(changes.filter((change) => change.replaces).map((change) => change.path));
  return { changes, deleteBeforeReplace: replaced.size > 0 && keepsName(table, news, replaced) };
}

function compare(
  table: TypeTable,
  old: Json | undefined,
  now: Json | undefined,
  at: { shown: string; path: string },
  into: Change[],
): void {
  if (equalJson(old ?? undefined, now ?? undefined) || (isEmpty(old) && isEmpty(now))) return;
  if (isObject(old) && isObject(now) && !isAsset(old) && !isAsset(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (!key.startsWith("__"))
        compare(table, old[key], now[key], { shown: `${at.shown}.${key}`, path: `${at.path}.${key}` }, into);
    }
    return;
  }
  if (isList(old) && isList(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      compare(table, old[index], now[index], { shown: `${at.shown}[${index}]`, path: at.path }, into);
    }
    return;
  }
  if (
    typeof old !== "object" &&
    typeof now !== "object" &&
    old !== undefined &&
    now !== undefined &&
    String(old) === String(now)
  )
    return;
  const kind = isEmpty(old) ? "add" : isEmpty(now) ? "delete" : "update";
  into.push({ path: at.shown, kind, replaces: forcesReplacement(table, at.path, kind) });
}

function isEmpty(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    (isList(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

/**
 * True when the tables say so of the path or of one above it. In Google's schema a block's own flag speaks of adding and removing the block
 * only, since each nested field has its own (Terraform SDK v2, schema.Schema.ForceNew); the other tables name the outermost property.
 */
function forcesReplacement(table: TypeTable, path: string, kind: ChangeKind): boolean {
  if (table.replaces.has(path)) return true;
  if (table.package === "gcp" && kind === "update") return false;
  const names = path.split(".");
  return names.some((_, index) => index > 0 && table.replaces.has(names.slice(0, index).join(".")));
}

/**
 * azure-native replaces by delete-then-create unless part of the id changes; bridged providers do so when a name was given by the user
 * (pulumi-terraform-bridge tfbridge/provider.go nameRequiresDeleteBeforeReplace): `__defaults` lists what Check made up.
 */
function keepsName(table: TypeTable, news: JsonObject, replaced: ReadonlySet<string>): boolean {
  const inId = [...table.idForm.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  if (table.package === "azure-native") return !inId.some((name) => replaced.has(name));
  const defaults = isList(news["__defaults"]) ? news["__defaults"] : [];
  const names = ["name", ...inId].filter(
    (name) => table.shape.inputs[name] !== undefined && typeof news[name] === "string",
  );
  if (names.length === 0 || names.some((name) => replaced.has(name))) return false;
  return !names.some((name) => defaults.includes(name));
}
