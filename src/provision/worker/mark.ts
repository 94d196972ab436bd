// Whose a cloud resource is, by the marker tags that a Blueprint puts on all that can carry them.
import { BLUEPRINT_LABEL, BLUEPRINT_TAG } from "../components/naming.ts";
import { isObject } from "../state/deployment.ts";

/** UID of the Blueprint whose marker the tags or labels of these properties hold. */
export function markOf(properties: Readonly<Record<string, unknown>>): string | undefined {
  for (const field of ["tags", "labels"]) {
    const marks = properties[field];
    if (!isObject(marks)) continue;
    const mark = marks[BLUEPRINT_TAG] ?? marks[BLUEPRINT_LABEL];
    if (typeof mark === "string") return mark;
  }
  return undefined;
}
