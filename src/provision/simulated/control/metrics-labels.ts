// Which resource a metric is about, and whose it is.
import { blueprintOf, type CloudResource } from "../store.ts";
import { isObject, textAt } from "../values.ts";

/** The Blueprint a resource belongs to, as far as its marker and its URN tell. */
export interface BlueprintMark {
  /** The marker's value, else the uid. */
  readonly blueprint?: string;
  readonly uid?: string;
  /** From markers of the form NAMESPACE/NAME only: the operator's own markers hold the uid. */
  readonly namespace?: string;
  readonly name?: string;
  /** The resource's name in the Blueprint. */
  readonly resource?: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whose the resource is. The operator marks what can carry tags with the Blueprint's uid and keeps its stack under that uid and a project of the
 * Blueprint's name (urn:pulumi:UID::NAME::TYPE::RESOURCE), so that types without tags are found as well.
 */
export function markOf(one: CloudResource): BlueprintMark {
  const marker = blueprintOf(one);
  const [stack = "", project, , ...rest] = (one.urn ?? "").replace(/^urn:pulumi:/, "").split("::");
  const uid = marker !== undefined && uuid.test(marker) ? marker : uuid.test(stack) ? stack : undefined;
  const [namespace, named] = marker?.includes("/") === true ? marker.split("/") : [];
  const name = named ?? (uuid.test(stack) ? project : undefined);
  const resource = one.urn === undefined ? resourceMarker(one) : rest.join("::");
  const blueprint = marker ?? uid;
  return {
    ...(blueprint === undefined ? {} : { blueprint }),
    ...(uid === undefined ? {} : { uid: uid.toLowerCase() }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(resource === undefined ? {} : { resource }),
  };
}

function resourceMarker(one: CloudResource): string | undefined {
  for (const property of ["tags", "labels"]) {
    const tags = one.properties[property];
    const found = isObject(tags) ? (textAt(tags, "dharma:resource") ?? textAt(tags, "dharma-resource")) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The label block with braces; labels without a value are left out. */
export function labelText(one: CloudResource): string {
  const { blueprint, uid, namespace, name, resource } = markOf(one);
  const labels = {
    type: one.type,
    id: one.id,
    region: one.region,
    account: one.account,
    blueprint,
    blueprint_uid: uid,
    namespace,
    name,
    resource,
    urn: one.urn,
  };
  const pairs = Object.entries(labels).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [`${key}="${escape(value)}"`],
  );
  return `{${pairs.join(",")}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
