// Every rule at every place it stands in an object, tried with every value of its cases.
import { isTransition } from "../schema/rule.ts";
import type { Structural } from "../schema/structural.ts";
import { schemaNamed } from "../kinds.ts";
import { type TestObject, withValue } from "./objects.ts";
import { valueCases } from "./rule-cases.ts";

/** One object to try, and what is to come of it. */
export interface Trial {
  readonly name: string;
  readonly object: TestObject;
  readonly path: string;
  readonly schemaPath: string;
  /** The rule's message. */
  readonly message: string;
  /** The value that is tried, as JSON. */
  readonly value: string;
  /** The message it must be refused with; absent: it must be taken. */
  readonly refused?: string;
}

/** A place where a rule stands. */
export interface Place {
  /** In the schema, with `[]` for entries. */
  readonly schemaPath: string;
  /** In the object. */
  readonly path: string;
  readonly message: string;
}

/** Rules of a schema that look at one value, with the places where they stand in `value`; without it, in the schema. */
export function placesIn(schema: Structural, value: unknown, schemaPath = "", path = ""): readonly Place[] {
  const own = schema.rules.filter((rule) => !isTransition(rule)).map(({ message }) => ({ schemaPath, path, message }));
  const { items } = schema;
  if (Array.isArray(value)) {
    return items === undefined
      ? own
      : [...own, ...value.flatMap((item, index) => placesIn(items, item, `${schemaPath}[]`, `${path}[${index}]`))];
  }
  if (typeof value !== "object" || value === null) return own;
  const children = Object.entries(value).flatMap(([name, child]) => {
    const node = schema.properties?.[name];
    return node === undefined ? [] : placesIn(node, child, join(schemaPath, name), join(path, name));
  });
  return [...own, ...children];
}

/** The places of all rules that look at one value, by the schema alone. */
export function allPlaces(schema: Structural, schemaPath = ""): readonly Place[] {
  const own = schema.rules
    .filter((rule) => !isTransition(rule))
    .map(({ message }) => ({ schemaPath, path: "", message }));
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    allPlaces(child, join(schemaPath, name)),
  );
  const items = schema.items === undefined ? [] : allPlaces(schema.items, `${schemaPath}[]`);
  const values =
    schema.additionalProperties === undefined ? [] : allPlaces(schema.additionalProperties, `${schemaPath}.*`);
  return [...own, ...properties, ...items, ...values];
}

/** Every trial that the table of values gives for this object. */
export function trialsOf(object: TestObject): readonly Trial[] {
  const schema = schemaNamed(object.kind);
  if (schema === undefined) return [];
  return placesIn(schema, object).flatMap(({ path, schemaPath, message }) => {
    const trial = (value: unknown) => {
      const written = JSON.stringify(value);
      const name = `${object.kind} ${path} = ${written}`;
      return { name, object: withValue(object, path, value), path, schemaPath, message, value: written };
    };
    const { good, bad } = valueCases[message] ?? { good: [], bad: [] };
    return [...good.map(trial), ...bad.map((value) => ({ ...trial(value), refused: message }))];
  });
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
