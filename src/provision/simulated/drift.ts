// What somebody else changed in the cloud since the provider last wrote, as inputs.
import type { CloudResource } from "./store.ts";
import type { TypeTable } from "./tables/tables.ts";
import { equalJson, isList, isObject, type Json, type JsonObject } from "./values.ts";

/** Inputs as Read reports them: those known before, with what somebody else changed in the cloud since the provider last wrote. */
export function currentInputs(table: TypeTable, resource: CloudResource, known: JsonObject): JsonObject {
  const before = Object.keys(known).length === 0 ? resource.inputs : known;
  const inputs: Record<string, Json> = { ...before };
  for (const name of Object.keys(table.shape.inputs)) {
    const next = mergeDrift(before[name], resource.written[name], resource.properties[name]);
    if (next === undefined || next === null) delete inputs[name];
    else inputs[name] = next;
  }
  return inputs;
}

/** `known` where the cloud still has what was written, what the cloud has where it differs; fields the cloud adds by itself stay out. */
function mergeDrift(known: Json | undefined, written: Json | undefined, now: Json | undefined): Json | undefined {
  if (equalJson(written, now)) return known;
  if (isObject(now)) {
    const merged: Record<string, Json> = {};
    const old: JsonObject = isObject(known) ? known : {};
    const wrote: JsonObject = isObject(written) ? written : {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const next = mergeDrift(old[name], wrote[name], now[name]);
      if (next !== undefined && next !== null) merged[name] = next;
    }
    return merged;
  }
  if (isList(now) && isList(known) && isList(written)) {
    return now.map((item, index) => mergeDrift(known[index], written[index], item) ?? item);
  }
  return now;
}
