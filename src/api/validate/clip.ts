// Statuses cut to what the schema holds: a message that is too long must not keep the rest from being written.
import { schemaNamed } from "../kinds.ts";
import type { Structural } from "../schema/structural.ts";

/**
 * The status with strings and lists cut to their bounds: strings end in "...", lists lose their last entries, fields without
 * a place in the schema stay. The value itself is not changed. For kinds of other groups it is returned as it is.
 */
export function clipStatus(kind: string, status: unknown): unknown {
  const schema = schemaNamed(kind)?.properties?.["status"];
  return schema === undefined ? status : clipped(status, schema);
}

/** Marks where text was cut. */
const ellipsis = "...";

function clipped(value: unknown, schema: Structural): unknown {
  if (typeof value === "string") return clippedText(value, schema.bounds["maxLength"]);
  if (Array.isArray(value)) {
    const { items } = schema;
    const kept: readonly unknown[] = value.slice(0, schema.bounds["maxItems"] ?? value.length);
    return items === undefined ? kept : kept.map((item) => clipped(item, items));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]): [string, unknown] => {
      const inner = schema.properties?.[name] ?? schema.additionalProperties;
      return [name, inner === undefined ? child : clipped(child, inner)];
    }),
  );
}

/** Counts code points, as the API server does. */
function clippedText(text: string, maxLength: number | undefined): string {
  if (maxLength === undefined || text.length <= maxLength) return text;
  const points = Array.from(text);
  if (points.length <= maxLength) return text;
  return `${points.slice(0, Math.max(0, maxLength - ellipsis.length)).join("")}${ellipsis}`;
}
