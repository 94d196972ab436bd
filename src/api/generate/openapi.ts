// A structural schema written as OpenAPI v3, as CustomResourceDefinitions carry it.
import type { Structural } from "../schema/structural.ts";

/** JSON of an OpenAPI v3 schema. */
export type OpenApi = Readonly<Record<string, unknown>>;

/** The schema as the API server reads it. */
export function openApi(schema: Structural): OpenApi {
  return {
    ...present("description", schema.description),
    ...present("type", schema.type),
    ...present("format", schema.format),
    ...("default" in schema ? { default: schema.default } : {}),
    ...present("enum", schema.enum),
    ...schema.bounds,
    ...(schema.intOrString
      ? { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true }
      : {}),
    ...(schema.preserveUnknown ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...present("x-kubernetes-list-type", schema.listType),
    ...present("x-kubernetes-list-map-keys", schema.listKeys),
    ...(schema.rules.length === 0
      ? {}
      : { "x-kubernetes-validations": schema.rules.map(({ rule, message }) => ({ rule, message })) }),
    ...(schema.required.length === 0 ? {} : { required: schema.required }),
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, child]) => [name, openApi(child)]),
          ),
        }),
    ...(schema.items === undefined ? {} : { items: openApi(schema.items) }),
    ...(schema.additionalProperties === undefined
      ? {}
      : { additionalProperties: openApi(schema.additionalProperties) }),
  };
}

function present(key: string, value: unknown): OpenApi {
  return value === undefined ? {} : { [key]: value };
}
