// How this operator's webhooks are served and made known to the API server.
import type { ManagerOptions, WebhooksOptions } from "../runtime/index.ts";
import { webhookService } from "../runtime/index.ts";
import type { OperatorOptions } from "./options.ts";

type Parts = Pick<WebhooksOptions, "kube" | "clock" | "random" | "log" | "metrics">;

/** For ManagerOptions.serveWebhooks; undefined where no webhooks are wanted. */
export function webhooksOf({ webhooks, namespace }: OperatorOptions, parts: Parts): ManagerOptions["serveWebhooks"] {
  if (webhooks === undefined) return undefined;
  const secret = { namespace, name: "dharma-webhook-tls" };
  const { address } = webhooks;
  if (webhooks.kind === "service") {
    const names = [`${webhooks.service}.${namespace}.svc`, `${webhooks.service}.${namespace}.svc.cluster.local`];
    const configuration = () => ({ kind: "inject", name: webhooks.service }) as const;
    return webhookService({ ...parts, address, secret, names, configuration });
  }
  const host = address.slice(0, address.lastIndexOf(":")) || "127.0.0.1";
  const configuration = (port: number) =>
    ({
      kind: "manage",
      name: `dharma-${namespace}`,
      client: { kind: "url", base: `https://${host}:${port}` },
    }) as const;
  return webhookService({ ...parts, address, secret, names: [host], configuration });
}
