// Objects for tests: the contract's examples and, for each kind, one with every field set.
import { readFileSync, readdirSync } from "node:fs";
import { parse } from "yaml";
import type { KubeObject } from "../object.ts";

/** A manifest as a test handles it. */
export type TestObject = KubeObject & Readonly<Record<string, unknown>>;

/** Every object of this folder and of examples/, by file. */
export function testObjects(): ReadonlyMap<string, TestObject> {
  const folders = [
    new URL("./", import.meta.url),
    new URL("../../../examples/", import.meta.url),
    new URL("../../../examples/records/", import.meta.url),
  ];
  return new Map(
    folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".yaml"))
        .map((name): [string, TestObject] => [name, readObject(new URL(name, folder))]),
    ),
  );
}

/** One object of this folder. */
export function testObject(name: string): TestObject {
  return readObject(new URL(`./${name}.yaml`, import.meta.url));
}

function readObject(url: URL): TestObject {
  const object: unknown = parse(readFileSync(url, "utf8"));
  if (!isTestObject(object)) throw new Error(`${url.pathname} holds no object`);
  return object;
}

function isTestObject(value: unknown): value is TestObject {
  return typeof value === "object" && value !== null && "kind" in value && "metadata" in value;
}

/** The object with the value at `path` replaced, or removed when the value is undefined. Lists take an index or "-" to append. */
export function withValue(object: TestObject, path: string, value: unknown): TestObject {
  const parts = path.split(/[.[\]]+/u).filter((part) => part !== "");
  const next = replaced(object, parts, value);
  if (!isTestObject(next)) throw new Error(`nothing is left of the object without ${path}`);
  return next;
}

function replaced(at: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(at)) {
    return head === "-"
      ? [...at, value]
      : at.map((item, index) => (String(index) === head ? replaced(item, rest, value) : item));
  }
  const record = typeof at === "object" && at !== null ? at : {};
  const entries = Object.entries(record).filter(([name]) => name !== head);
  const before = new Map<string, unknown>(Object.entries(record)).get(head);
  const next = replaced(before, rest, value);
  return Object.fromEntries(next === undefined ? entries : [...entries, [head, next]]);
}
