// The webhook on a Blueprint's own exceptions: who sets them needs the verb `except`, and is written down.
import type { Blueprint } from "../../api/index.ts";
import { group, version } from "../../api/index.ts";
import { expiryProblem } from "../../policy/index.ts";
import type { Denied, Mutate, Webhook } from "../../runtime/index.ts";
import type { Keyring } from "../../audit/index.ts";
import { attestExcept, exceptAnnotation, exceptAttestation, readExcept } from "../attestation/exceptions.ts";
import { mayDo } from "../webhooks/access.ts";
import { exceptAccess } from "./settings-webhook.ts";

/** Sees Blueprints that have, or had, exceptions of their own. */
export function exceptWebhook(keys: Keyring): Webhook<Blueprint> {
  const carries = (object: string) =>
    `has(${object}.metadata.annotations) && ('${exceptAnnotation}' in ${object}.metadata.annotations || '${exceptAttestation}' in ${object}.metadata.annotations)`;
  return {
    kind: "mutating",
    name: "blueprint-except",
    rules: [{ group, versions: [version], resources: ["blueprints"], operations: ["CREATE", "UPDATE"] }],
    failurePolicy: "Fail",
    timeoutSeconds: 10,
    matchConditions: [
      {
        name: "has-exceptions",
        expression: `(${carries("object")}) || (oldObject != null && ${carries("oldObject")})`,
      },
    ],
    handle: checkExcept(keys),
  };
}

/** Exported for its tests. */
export function checkExcept(keys: Keyring): Mutate<Blueprint> {
  return async (request, ctx) => {
    const { object, oldObject, user } = request;
    if (object === undefined) return { kind: "allow" };
    const text = object.metadata.annotations?.[exceptAnnotation];
    const attestation = object.metadata.annotations?.[exceptAttestation];
    const before = oldObject?.metadata.annotations;
    if (text === before?.[exceptAnnotation]) {
      if (attestation === before?.[exceptAttestation]) return { kind: "allow" };
      return denied(403, `the annotation ${exceptAttestation} is the operator's: leave it as it is`);
    }
    if (text === undefined) return { kind: "mutate", object: withAttestation(object, undefined) };
    const read = readExcept(text);
    if (typeof read === "string") return denied(422, read);
    const now = ctx.clock.now();
    const problem = read.map(({ expireTime }) => expiryProblem(expireTime, now)).find((found) => found !== undefined);
    if (problem !== undefined) return denied(422, `${exceptAnnotation}: ${problem}`);
    if (!(await mayDo(user, exceptAccess(request.namespace, request.name), ctx))) {
      return denied(
        403,
        `${user.username} may not except blueprints ${request.namespace}/${request.name}: ask for the verb except on blueprints.${group}`,
      );
    }
    const named = { ...object, metadata: { ...object.metadata, namespace: request.namespace, name: request.name } };
    const sealed = attestExcept(keys, named, user.username, new Date(now).toISOString());
    return { kind: "mutate", object: withAttestation(object, sealed) };
  };
}

function withAttestation(object: Blueprint, attestation: string | undefined): Blueprint {
  const { [exceptAttestation]: _, ...others } = object.metadata.annotations ?? {};
  const annotations = attestation === undefined ? others : { ...others, [exceptAttestation]: attestation };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function denied(code: number, message: string): Denied {
  return { kind: "deny", code, message };
}
