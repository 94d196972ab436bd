// What outputs are made from.
import type { Identity } from "../identity.ts";
import type { RuleContext } from "../rules/rule.ts";
import type { TypeTable } from "../tables/tables.ts";
import { isList, isObject, type Json, type JsonObject } from "../values.ts";

export interface OutputRequest {
  readonly table: TypeTable;
  readonly identity: Identity;
  readonly context: RuleContext;
  readonly region: string;
  readonly inputs: JsonObject;
  readonly id: string;
  /** Same seed, same outputs. */
  readonly seed: string;
  readonly serial: number;
  /** Milliseconds since the epoch when it was created. */
  readonly createdAt: number;
}

/** Properties of one type beyond what is true of all types of its package. */
export type TypeOutputs = (request: OutputRequest) => JsonObject;

/** `list` with each object in it completed by `fill`: what was given stays, lists in it are taken from `fill` where it has them. */
export function completeEach(list: Json | undefined, fill: (item: JsonObject, index: number) => JsonObject): Json {
  if (!isList(list)) return null;
  return list.map((item, index) => {
    if (!isObject(item)) return item;
    const made = Object.entries(fill(item, index)).filter(
      ([name, value]) => value !== null && (item[name] === undefined || isList(value)),
    );
    return { ...item, ...Object.fromEntries(made) };
  });
}
