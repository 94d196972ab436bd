// Deterministic cloud names and marker tags: the same Blueprint always asks for the same names, and nobody else does.
import { createHash } from "node:crypto";
import type { BlueprintIdentity } from "../graph/spec.ts";

/** Tag that says which Blueprint owns a resource: its UID. */
export const BLUEPRINT_TAG = "dharma:blueprint";
/** Tag that says which resource of the Blueprint it is. */
export const RESOURCE_TAG = "dharma:resource";
/** The same on Google Cloud, whose label keys allow no colon. */
export const BLUEPRINT_LABEL = "dharma-blueprint";
export const RESOURCE_LABEL = "dharma-resource";

/** What a cloud allows in a name. */
export interface NameRule {
  readonly max: number;
  /** `hyphenated`: a-z, 0-9, inner hyphens, letter first. `alphanumeric`: a-z and 0-9 only. */
  readonly form: "hyphenated" | "alphanumeric";
}

/** Google Compute names: RFC 1035, 63 characters. Fits AWS and Azure network resources too. */
export const RFC1035: NameRule = { max: 63, form: "hyphenated" };
/** S3 and Cloud Storage buckets share 63 characters of lower case and hyphens, unique in the world. */
export const BUCKET: NameRule = { max: 63, form: "hyphenated" };
/** Azure storage accounts: 3 to 24 lower-case letters and digits, unique in the world. */
export const STORAGE_ACCOUNT: NameRule = { max: 24, form: "alphanumeric" };

/**
 * `BLUEPRINT-COMPONENT-PART-HASH` cut to the rule. The hash is of the Blueprint's UID and the full name, so that equal
 * names of different Blueprints, and long names cut to the same text, differ.
 */
export function cloudName(identity: BlueprintIdentity, stem: string, part: string, rule: NameRule): string {
  const hash = createHash("sha256").update(`${identity.uid}\n${stem}\n${part}`).digest("hex").slice(0, 10);
  const words = [identity.name, stem, part].filter((word) => word !== "").join("-");
  const clean = words.toLowerCase().replaceAll(/[^a-z0-9]+/g, rule.form === "hyphenated" ? "-" : "");
  const lettered = /^[a-z]/.test(clean) ? clean : `d${rule.form === "hyphenated" ? "-" : ""}${clean}`;
  const separator = rule.form === "hyphenated" ? "-" : "";
  const room = rule.max - hash.length - separator.length;
  return lettered.slice(0, room).replace(/-+$/, "") + separator + hash;
}

/** True for a name that `cloudName` made for this stem, whatever part and rule. */
export function isCloudName(identity: BlueprintIdentity, stem: string, name: string): boolean {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
  const head = letters(`${identity.name}${stem}`).slice(0, STORAGE_ACCOUNT.max - 10 - 1);
  return (
    /[0-9a-f]{10}$/.test(name) &&
    letters(name)
      .replace(/^d(?=[0-9])/, "")
      .startsWith(head)
  );
}

/** Marker tags of one resource, for AWS and Azure. `resource` is the logical name. */
export function markerTags(identity: BlueprintIdentity, resource: string): Readonly<Record<string, string>> {
  return { [BLUEPRINT_TAG]: identity.uid, [RESOURCE_TAG]: resource };
}

/** Marker labels of one resource, for Google Cloud: lower case, 63 characters. */
export function markerLabels(identity: BlueprintIdentity, resource: string): Readonly<Record<string, string>> {
  const value = resource
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "-")
    .slice(0, 63);
  return { [BLUEPRINT_LABEL]: identity.uid.toLowerCase(), [RESOURCE_LABEL]: value };
}
