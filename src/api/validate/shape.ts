// Types, bounds and required fields, judged by TypeBox, worded and placed the way the API server does.
import type { TSchema } from "typebox";
import { Value } from "typebox/value";

/** One thing wrong with an object. */
export interface Problem {
  /** Where, as in `spec.components[0].name`; "" for the object itself. */
  readonly path: string;
  readonly message: string;
  /** True when rules must not run: they would meet values of the wrong shape. */
  readonly blocking: boolean;
}

/** Everything about `value` that does not fit the schema, rules aside. */
export function shapeProblems(schema: TSchema, value: unknown): readonly Problem[] {
  const errors = Value.Errors(schema, value);
  const unions = new Set(errors.filter(({ keyword }) => keyword === "anyOf").map(({ instancePath }) => instancePath));
  return errors
    .filter(({ keyword, instancePath }) => !unions.has(instancePath) || keyword === "anyOf")
    .flatMap((error) => problemsOf(error));
}

type ShapeError = ReturnType<typeof Value.Errors>[number];

function problemsOf(error: ShapeError): readonly Problem[] {
  const path = fieldPath(error.instancePath);
  const blocking = ["type", "anyOf", "required", "maxItems", "maxLength", "maxProperties"].includes(error.keyword);
  if (error.keyword === "required") {
    return error.params.requiredProperties.map((name) => ({
      path: joined(path, name),
      message: "is required",
      blocking,
    }));
  }
  return [{ path, message: messageOf(error), blocking }];
}

function messageOf(error: ShapeError): string {
  if (error.keyword === "enum") return `must be one of ${error.params.allowedValues.join(", ")}`;
  if (error.keyword === "anyOf") return "must be an integer or a string";
  return error.message;
}

/** `/spec/components/0/name` as `spec.components[0].name`. */
function fieldPath(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/u.test(part) ? `${path}[${part}]` : joined(path, part)), "");
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
