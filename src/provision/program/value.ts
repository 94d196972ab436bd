// Graph values to Pulumi inputs: references become outputs of the resources registered so far.
import * as pulumi from "@pulumi/pulumi";
import { accessJson } from "../graph/access.ts";
import { renderPath } from "../graph/expression.ts";
import type { Json, Value } from "../graph/graph.ts";
import { textOf } from "../graph/resolve.ts";

/** The SDK's mark for a value that is not known yet; it exports it for its own use only. */
const UNKNOWN: unknown = Reflect.get(pulumi, "unknown");

/** The input for a value. `resources` has every node before the one whose property this is. */
export function inputOf(value: Value, resources: ReadonlyMap<string, pulumi.CustomResource>): unknown {
  switch (value.kind) {
    case "literal":
      return value.secret ? outputFrom(Reflect.apply(pulumi.secret, undefined, [value.value])) : value.value;
    case "output":
      return outputOf(value.node, value.path, resources);
    case "concat":
      return outputFrom(value.parts.map((part) => inputOf(part, resources))).apply((parts) => {
        const known = asJson(parts);
        return Array.isArray(known) ? known.map(textOf).join("") : "";
      });
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
): unknown {
  const resource = resources.get(node);
  if (resource === undefined) throw new pulumi.RunError(`${node} is referred to before it is registered`);
  const [first, ...rest] = path;
  if (first === undefined || first === "id") return resource.id;
  const output: unknown = Reflect.get(resource, first);
  if (!isOutput(output)) {
    throw new pulumi.RunError(`\${${node}.${first}}: the resource has no output \`${first}\``);
  }
  if (rest.length === 0) return output;
  return output.apply((value) => {
    let part: Json | undefined = asJson(value);
    for (const segment of rest) part = part === undefined ? undefined : accessJson(part, segment);
    // In a preview of an update providers give only what they know already; the part may come with the update.
    if (part === undefined && pulumi.runtime.isDryRun()) return UNKNOWN;
    if (part === undefined) {
      throw new pulumi.RunError(`\${${node}${renderPath(path)}}: the resource's \`${first}\` has no such part`);
    }
    return part;
  });
}

/** An output of anything that may hold outputs. */
export function outputFrom(input: unknown): pulumi.Output<unknown> {
  // The SDK types inputs by deep unwrapping, which has no end for unknown; what comes out is checked instead.
  const output: unknown = Reflect.apply(pulumi.output, undefined, [input]);
  if (!isOutput(output)) throw new TypeError("the SDK did not make an output");
  return output;
}

function isOutput(value: unknown): value is pulumi.Output<unknown> {
  return pulumi.Output.isInstance(value);
}

/** What the engine resolved as JSON; what is not JSON (assets, undefined) is null. */
export function asJson(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asJson(entry)]));
}
