// The package schema of GetSchema, from the tables: for `pulumi import`, YAML programs and people who look.
import type { CompactType } from "../tables/shape.ts";
import type { PackageTables } from "../tables/tables.ts";

/** A Pulumi package schema of the simulated types and their nested objects. */
export function schemaOf(tables: PackageTables): object {
  const resources = [...tables.types.values()].map((table) => {
    const inputs = Object.entries(table.shape.inputs);
    const outputs = [...inputs, ...Object.entries(table.shape.outputs)];
    return [
      table.token,
      {
        inputProperties: Object.fromEntries(inputs.map(([name, type]) => [name, typeSchema(tables, type)])),
        requiredInputs: [...table.required],
        properties: Object.fromEntries(
          outputs.map(([name, type]) => [
            name,
            typeSchema(tables, type, table.shape.secrets.includes(name) ? { secret: true } : {}),
          ]),
        ),
      },
    ];
  });
  const types = Object.entries(tables.objects).map(([name, properties]) => [
    objectToken(tables, name),
    {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(properties).map(([property, type]) => [property, typeSchema(tables, type)]),
      ),
      required: Object.keys(properties).filter((property) => properties[property]?.endsWith("!")),
    },
  ]);
  const description = `Simulated ${tables.package}: ${tables.types.size} types`;
  return {
    name: tables.package,
    version: tables.version,
    description,
    resources: Object.fromEntries(resources),
    types: Object.fromEntries(types),
    provider: {},
  };
}

function typeSchema(tables: PackageTables, type: CompactType, extra: object = {}): object {
  const bare = type.replace("!", "");
  if (bare.startsWith("[]")) return { type: "array", items: typeSchema(tables, bare.slice(2)), ...extra };
  if (bare.startsWith("{}"))
    return { type: "object", additionalProperties: typeSchema(tables, bare.slice(2)), ...extra };
  if (bare.startsWith("@") && tables.objects[bare.slice(1)] !== undefined)
    return { $ref: `#/types/${objectToken(tables, bare.slice(1))}`, ...extra };
  const simple = { s: "string", n: "number", b: "boolean" }[bare];
  return simple === undefined ? { $ref: "pulumi.json#/Any", ...extra } : { type: simple, ...extra };
}

function objectToken(tables: PackageTables, name: string): string {
  const [module = "index", ...rest] = name.split(".");
  return `${tables.package}:${module}:${rest.join(".")}`;
}
