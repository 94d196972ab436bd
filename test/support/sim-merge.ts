// Patches and server-side apply as the simulated API server does them: enough of the rules for operators' own writes.
import { KubeError } from "../../src/kube/index.ts";
import type { Patch } from "../../src/kube/index.ts";

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const merged: Record<string, unknown> = isJson(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** RFC 6902: add, replace, remove and test. */
export function applyPatch(target: unknown, patch: Patch): unknown {
  if (patch.kind === "merge") return mergePatch(target, patch.body);
  return patch.body.reduce<unknown>((document, operation) => jsonOperation(document, operation), target);
}

function jsonOperation(document: unknown, operation: object): unknown {
  const { op, path, value } = operation as { readonly op?: unknown; readonly path?: unknown; readonly value?: unknown };
  const steps = String(path)
    .split("/")
    .slice(1)
    .map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));
  const change = (at: unknown, [step, ...rest]: readonly string[]): unknown => {
    if (step === undefined) return value;
    if (Array.isArray(at)) {
      const items: unknown[] = [...at];
      const index = step === "-" ? items.length : Number(step);
      if (rest.length > 0) items[index] = change(items[index], rest);
      else if (op === "test") check(items[index], value);
      else items.splice(index, op === "add" ? 0 : 1, ...(op === "remove" ? [] : [value]));
      return items;
    }
    const fields: Record<string, unknown> = isJson(at) ? { ...at } : {};
    if (rest.length > 0) fields[step] = change(fields[step], rest);
    else if (op === "test") check(fields[step], value);
    else if (op === "remove") delete fields[step];
    else fields[step] = value;
    return fields;
  };
  return change(document, steps);
}

function check(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new KubeError("invalid", "the server rejected our request: a test of the JSON patch failed", {
      status: 422,
      reason: "Invalid",
    });
}

/** What one manager applied last. */
export interface Applied {
  readonly manager: string;
  readonly fields: unknown;
}

/**
 * Server-side apply: `next` wins where it speaks; what `manager` applied before and leaves out now goes, unless another
 * manager applied it too. Lists of objects with a `type` or `name` merge by it, lists of strings as sets, others are atomic.
 */
export function serverSideApply(live: unknown, next: unknown, manager: string, managers: readonly Applied[]): unknown {
  const mine = managers.find((each) => each.manager === manager)?.fields;
  const others = managers.filter((each) => each.manager !== manager).map((each) => each.fields);
  return overlay(live, next, mine, others);
}

function overlay(live: unknown, next: unknown, mine: unknown, others: readonly unknown[]): unknown {
  if (isJson(next)) {
    const result: Record<string, unknown> = isJson(live) ? { ...live } : {};
    for (const name of Object.keys(isJson(mine) ? mine : {}))
      if (!(name in next) && !others.some((each) => isJson(each) && name in each)) delete result[name];
    for (const [name, value] of Object.entries(next))
      result[name] = overlay(
        result[name],
        value,
        field(mine, name),
        others.map((each) => field(each, name)),
      );
    return result;
  }
  if (!Array.isArray(next) || next.some((each) => keyOf(each) === undefined)) return next;
  const byKey = (list: unknown) =>
    new Map((Array.isArray(list) ? list : []).map((each: unknown) => [keyOf(each), each]));
  const [had, want] = [byKey(mine), byKey(next)];
  const kept = [...byKey(live)].filter(
    ([key]) => want.has(key) || !had.has(key) || others.some((each) => byKey(each).has(key)),
  );
  const result = new Map(kept);
  for (const [key, value] of want)
    result.set(
      key,
      overlay(
        result.get(key),
        value,
        had.get(key),
        others.map((each) => byKey(each).get(key)),
      ),
    );
  return [...result.values()];
}

function field(value: unknown, name: string): unknown {
  return isJson(value) ? value[name] : undefined;
}

function keyOf(item: unknown): string | undefined {
  if (typeof item === "string") return item;
  if (!isJson(item)) return undefined;
  const key = item.type ?? item.name ?? item.uid;
  return typeof key === "string" ? key : undefined;
}
