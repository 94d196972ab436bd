// A resource's ARN for listings, also of types that show none.
import type { CloudResource } from "../store.ts";
import { textAt } from "../values.ts";

export function linkless(one: CloudResource): string {
  const service = one.type.split(":")[1]?.split("/")[0] ?? "";
  return textAt(one.properties, "arn") ?? `arn:aws:${service}:${one.region}:${one.account}:${one.id}`;
}
