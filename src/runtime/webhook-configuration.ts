// Tells the API server where the webhooks are and whom to trust: whole configurations, or just the CA bundle of existing ones.
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type WebhookConfiguration,
} from "../api/core.ts";
import type { ResourceType } from "../api/object.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import type { Webhook } from "./admission.ts";

/**
 * - `inject`: the configurations are somebody else's (the chart's); only caBundle is ours. Names that do not exist yet are
 *   waited for.
 * - `manage`: the configurations are ours, made from the registered webhooks; `url` ones are removed when the server closes.
 */
export type ConfigurationOptions =
  | { readonly kind: "inject"; readonly name: string }
  | { readonly kind: "manage"; readonly name: string; readonly client: WebhookClient };

/** How the API server reaches the webhooks. `base` has no path: `https://127.0.0.1:9443`. */
export type WebhookClient =
  | { readonly kind: "url"; readonly base: string }
  | { readonly kind: "service"; readonly name: string; readonly namespace: string; readonly port: number };

const fieldManager = "dharma-webhooks";
const domain = "iacdharma.com";

type Kind = Webhook["kind"];
const types: Readonly<Record<Kind, ResourceType<WebhookConfiguration>>> = {
  validating: validatingWebhookConfigurations,
  mutating: mutatingWebhookConfigurations,
};
const kinds: readonly Kind[] = ["mutating", "validating"];

/** Makes the API server trust `bundle` (PEM) for the webhooks. Writes only what differs. */
export async function ensureConfigurations(
  kube: Kube,
  options: ConfigurationOptions,
  webhooks: readonly Webhook[],
  bundle: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const caBundle = Buffer.from(bundle.map((pem) => `${pem.trimEnd()}\n`).join("")).toString("base64");
  for (const kind of kinds) {
    const mine = webhooks.filter((webhook) => webhook.kind === kind);
    if (mine.length === 0) continue;
    if (options.kind === "inject") {
      await inject(kube, types[kind], options.name, caBundle, signal);
    } else {
      const body = configurationOf(kind, options, mine, caBundle);
      await kube.apply(types[kind], body, { fieldManager, signal });
    }
  }
}

/** Removes what `manage` made; a failurePolicy of Fail must not outlive the server it points to. */
export async function removeConfigurations(
  kube: Kube,
  options: ConfigurationOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.kind !== "manage" || options.client.kind !== "url") return;
  for (const kind of kinds) {
    await kube.delete(types[kind], { name: options.name }, { signal }).catch((error: unknown) => {
      if (!isKubeError(error, "notFound")) throw error;
    });
  }
}

/** The configuration object for webhooks of one kind. */
export function configurationOf(
  kind: Kind,
  options: Extract<ConfigurationOptions, { kind: "manage" }>,
  webhooks: readonly Webhook[],
  caBundle: string,
): WebhookConfiguration {
  const name = kind === "validating" ? "ValidatingWebhookConfiguration" : "MutatingWebhookConfiguration";
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: name,
    metadata: { name: options.name },
    webhooks: webhooks.map((webhook) => ({
      name: `${webhook.name}.${domain}`,
      clientConfig: { ...clientConfig(options.client, webhook.name), caBundle },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      matchPolicy: "Equivalent",
      failurePolicy: webhook.failurePolicy ?? "Fail",
      timeoutSeconds: webhook.timeoutSeconds ?? 5,
      ...(webhook.namespaceSelector === undefined ? {} : { namespaceSelector: webhook.namespaceSelector }),
      ...(webhook.objectSelector === undefined ? {} : { objectSelector: webhook.objectSelector }),
      ...(webhook.matchConditions === undefined ? {} : { matchConditions: webhook.matchConditions }),
      rules: webhook.rules.map((rule) => ({
        apiGroups: [rule.group],
        apiVersions: rule.versions,
        resources: rule.resources,
        operations: rule.operations,
        scope: "*",
      })),
    })),
  };
}

function clientConfig(client: WebhookClient, name: string) {
  if (client.kind === "url") return { url: `${client.base}/${name}` };
  return { service: { name: client.name, namespace: client.namespace, port: client.port, path: `/${name}` } };
}

async function inject(
  kube: Kube,
  type: ResourceType<WebhookConfiguration>,
  name: string,
  caBundle: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const found = await kube.get(type, { name }, { signal });
    const body = (found.webhooks ?? []).flatMap((webhook, index) =>
      webhook.clientConfig.caBundle === caBundle
        ? []
        : [
            { op: "test", path: `/webhooks/${index}/name`, value: webhook.name },
            { op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle },
          ],
    );
    if (body.length > 0) await kube.patch(type, { name }, { kind: "json", body }, { signal, fieldManager });
  } catch (error) {
    // Not installed yet, or changed under us: the next round looks again.
    if (!isKubeError(error, "notFound", "invalid", "conflict")) throw error;
  }
}
