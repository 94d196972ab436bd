// The webhook on Blueprints that checks the author's rights to what the spec refers to, and writes that it did.
import type { Blueprint } from "../../api/index.ts";
import { group, sameJson, version } from "../../api/index.ts";
import type { Keyring } from "../../audit/index.ts";
import type { AdmissionContext, AdmissionRequest, Mutate, Webhook } from "../../runtime/index.ts";
import { attestedAuthor, attestReferences, referencesAnnotation, referencesOf } from "../attestation/references.ts";
import { mayDo } from "./access.ts";

/** Refuses specs that reach for what their author may not use. */
export function referencesWebhook(keys: Keyring): Webhook<Blueprint> {
  return {
    kind: "mutating",
    name: "blueprint-references",
    rules: [{ group, versions: [version], resources: ["blueprints"], operations: ["CREATE", "UPDATE"] }],
    failurePolicy: "Fail",
    timeoutSeconds: 10,
    handle: checkReferences(keys),
  };
}

/** Exported for its tests. */
export function checkReferences(keys: Keyring): Mutate<Blueprint> {
  return async (request, ctx) => {
    const { object, oldObject } = request;
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { kind: "allow" };
    const named: Blueprint = { ...object, metadata: { ...object.metadata, namespace: request.namespace } };
    const untouched = oldObject !== undefined && sameJson(object.spec, oldObject.spec);
    if (untouched && attestedAuthor(keys, named) !== undefined) return { kind: "allow" };
    const forbidden = await firstForbidden(named, request, ctx);
    if (forbidden !== undefined) return { kind: "deny", message: forbidden, reason: "ReferenceNotAllowed", code: 403 };
    const annotations = {
      ...object.metadata.annotations,
      [referencesAnnotation]: attestReferences(keys, named, request.user.username),
    };
    return { kind: "mutate", object: { ...object, metadata: { ...object.metadata, annotations } } };
  };
}

async function firstForbidden(
  blueprint: Blueprint,
  request: AdmissionRequest<Blueprint>,
  ctx: AdmissionContext,
): Promise<string | undefined> {
  for (const { verb, resource, name } of referencesOf(blueprint.spec)) {
    const access = { verb, group: "", version: "v1", resource, namespace: request.namespace, name };
    // eslint-disable-next-line no-await-in-loop -- a handful, and the first refusal ends it
    if (await mayDo(request.user, access, ctx)) continue;
    return `${request.user.username} may not ${verb} ${resource} ${request.namespace}/${name}, which the spec refers to: ask for that right, or refer to something else`;
  }
  return undefined;
}
