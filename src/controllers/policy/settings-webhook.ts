// The webhook on the policy settings: nothing malformed gets in, and who sets an exception may and is written down.
import type { ConfigMap } from "../../api/index.ts";
import { group, version } from "../../api/index.ts";
import { expiryProblem, parseSettings, SettingsError } from "../../policy/index.ts";
import type { AdmissionContext, AdmissionRequest, Denied, Mutate, Webhook } from "../../runtime/index.ts";
import type { Keyring } from "../../audit/index.ts";
import {
  attestSettings,
  exceptAttestation,
  exceptionDigest,
  type Setters,
  settersOf,
  type SettingsException,
} from "../attestation/exceptions.ts";
import { type Access, mayDo } from "../webhooks/access.ts";
import { policyLabel, settingsKey } from "./names.ts";

export interface SettingsWebhookOptions {
  readonly keys: Keyring;
  /** The operator's namespace, and the settings' name there. */
  readonly namespace: string;
  readonly name: string;
}

/** Sees the labelled ConfigMaps of the operator's namespace, and nothing else. */
export function settingsWebhook(options: SettingsWebhookOptions): Webhook<ConfigMap> {
  return {
    kind: "mutating",
    name: "policy-settings",
    rules: [{ group: "", versions: ["v1"], resources: ["configmaps"], operations: ["CREATE", "UPDATE"] }],
    failurePolicy: "Fail",
    timeoutSeconds: 10,
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": options.namespace } },
    objectSelector: { matchExpressions: [{ key: policyLabel, operator: "Exists" }] },
    handle: checkSettings(options),
  };
}

/** Exported for its tests. */
export function checkSettings({ keys, namespace, name }: SettingsWebhookOptions): Mutate<ConfigMap> {
  return async (request, ctx) => {
    const { object, oldObject } = request;
    if (object === undefined || request.namespace !== namespace || request.name !== name) return { kind: "allow" };
    const old = oldObject?.metadata.annotations?.[exceptAttestation];
    // The operator's status, labels: nothing to judge, also where what is there was always wrong.
    if (oldObject !== undefined && object.data?.[settingsKey] === oldObject.data?.[settingsKey]) {
      return attested(object, old);
    }
    let exceptions: readonly SettingsException[];
    try {
      exceptions = parseSettings(object.data?.[settingsKey] ?? "").exceptions ?? [];
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return { kind: "deny", code: 422, reason: "Invalid", message: error.message };
    }
    const known = oldObject === undefined ? {} : settersOf(keys, { ...oldObject.metadata, namespace, name });
    const setters: Record<string, Setters[string]> = {};
    const time = new Date(ctx.clock.now()).toISOString();
    for (const exception of exceptions) {
      const digest = exceptionDigest(exception);
      const before = known[digest];
      // oxlint-disable-next-line no-await-in-loop -- a handful, and the first refusal ends it
      const refused = before === undefined ? await refusalOf(exception, request, ctx) : undefined;
      if (refused !== undefined) return refused;
      setters[digest] = before ?? { user: request.user.username, time };
    }
    const none = exceptions.length === 0;
    return attested(object, none ? undefined : attestSettings(keys, { ...object.metadata, namespace, name }, setters));
  };
}

/** With this attestation and no other, whatever the request carried. */
function attested(object: ConfigMap, attestation: string | undefined): Awaited<ReturnType<Mutate<ConfigMap>>> {
  const { [exceptAttestation]: carried, ...others } = object.metadata.annotations ?? {};
  if (carried === attestation) return { kind: "allow" };
  const annotations = attestation === undefined ? others : { ...others, [exceptAttestation]: attestation };
  return { kind: "mutate", object: { ...object, metadata: { ...object.metadata, annotations } } };
}

async function refusalOf(
  { name, namespaces, expireTime }: SettingsException,
  { user }: AdmissionRequest,
  ctx: AdmissionContext,
): Promise<Denied | undefined> {
  const problem = expiryProblem(expireTime, ctx.clock.now());
  if (problem !== undefined) {
    return { kind: "deny", code: 422, reason: "Invalid", message: `policy settings: exception ${name}: ${problem}` };
  }
  for (const namespace of namespaces ?? [undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- a handful, and the first refusal ends it
    if (await mayDo(user, exceptAccess(namespace), ctx)) continue;
    const where = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
    return {
      kind: "deny",
      code: 403,
      message: `exception ${name}: ${user.username} may not except blueprints ${where}: ask for the verb except on blueprints.${group}`,
    };
  }
  return undefined;
}

/** Making an exception for one Blueprint, a namespace, or everywhere. */
export function exceptAccess(namespace: string | undefined, name?: string): Access {
  return {
    verb: "except",
    group,
    version,
    resource: "blueprints",
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
