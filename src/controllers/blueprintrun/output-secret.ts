// The Secret a Blueprint's outputs are written to, where it is the Blueprint's own.
import type { Blueprint, Secret } from "../../api/index.ts";
import { apiVersion, blueprints, secrets } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";

const fieldManager = "dharma-outputs";

/** Why the Secret must not be written; undefined when it may, or none is asked for. */
export async function refusedSecret(
  blueprint: Blueprint,
  kube: Kube,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = blueprint.spec.writeOutputsToSecret;
  if (name === undefined) return undefined;
  try {
    const secret = await kube.get(secrets, { namespace: blueprint.metadata.namespace ?? "", name }, { signal });
    const owned = secret.metadata.ownerReferences?.some(({ uid }) => uid === blueprint.metadata.uid) === true;
    return owned
      ? undefined
      : `Secret ${name} is not this Blueprint's: choose another name in writeOutputsToSecret, or delete that Secret`;
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    if (isKubeError(error, "forbidden")) return notGranted(name);
    throw error;
  }
}

function notGranted(name: string): string {
  return `the operator may not write Secret ${name}: grant it get, create and patch on Secrets of that name in this namespace`;
}

/**
 * Writes all outputs, secret ones too; text as it is, anything else as JSON. Goes with the Blueprint. Resolves with why it
 * could not be written, where somebody has to grant something.
 */
export async function writeOutputSecret(
  blueprint: Blueprint,
  values: Readonly<Record<string, unknown>>,
  kube: Kube,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = blueprint.spec.writeOutputsToSecret;
  if (name === undefined) return undefined;
  const { namespace = "", name: owner, uid = "" } = blueprint.metadata;
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value)]));
  const secret: Secret = {
    apiVersion: "v1",
    kind: secrets.kind,
    metadata: {
      name,
      namespace,
      ownerReferences: [
        { apiVersion, kind: blueprints.kind, name: owner, uid, controller: true, blockOwnerDeletion: false },
      ],
    },
    type: "Opaque",
    data,
  };
  try {
    await kube.apply(secrets, secret, { fieldManager, signal });
    return undefined;
  } catch (error) {
    if (isKubeError(error, "forbidden")) return notGranted(name);
    throw error;
  }
}

function encoded(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text, "utf8").toString("base64");
}
