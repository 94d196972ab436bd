// Graph values to Pulumi inputs: references become outputs of the resources registered so far.
import * as pulumi from "@pulumi/pulumi";
import { accessJson } from "../graph/access.ts";
import { renderPath } from "../graph/expression.ts";
import type { Json, Value } from "../graph/graph.ts";
import { textOf } from "../graph/resolve.ts";

/** The input for a value. `resources` has every node before the one whose property this is. */
export function inputOf(value: Value, resources: ReadonlyMap<string, pulumi.CustomResource>): pulumi.Input<unknown> {
  switch (value.kind) {
    case "literal":
      return value.secret ? pulumi.secret(value.value) : value.value;
    case "output":
      return outputOf(value.node, value.path, resources);
    case "concat":
      return pulumi
        .all(value.parts.map((part) => inputOf(part, resources)))
        .apply((parts) => parts.map((part) => textOf(asJson(part))).join(""));
    case "list":
      return value.items.map((item) => inputOf(item, resources));
    case "map":
      return Object.fromEntries(Object.entries(value.entries).map(([key, entry]) => [key, inputOf(entry, resources)]));
  }
}

function outputOf(
  node: string,
  path: readonly (string | number)[],
  resources: ReadonlyMap<string, pulumi.CustomResource>,
): pulumi.Input<unknown> {
  const resource = resources.get(node);
  if (resource === undefined) throw new pulumi.RunError(`${node} is referred to before it is registered`);
  const [first, ...rest] = path;
  if (first === undefined || first === "id") return resource.id;
  const output: unknown = Reflect.get(resource, first);
  if (!pulumi.Output.isInstance(output)) {
    throw new pulumi.RunError(`\${${node}.${first}}: the resource has no output \`${first}\``);
  }
  if (rest.length === 0) return output;
  return output.apply((value) => {
    let part: Json | undefined = asJson(value);
    for (const segment of rest) part = part === undefined ? undefined : accessJson(part, segment);
    if (part === undefined) {
      throw new pulumi.RunError(`\${${node}${renderPath(path)}}: the resource's \`${first}\` has no such part`);
    }
    return part;
  });
}

/** What the engine resolved as JSON; what is not JSON (assets, undefined) is null. */
export function asJson(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asJson(entry)]));
}
