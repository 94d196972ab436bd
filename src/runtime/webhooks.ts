// Webhooks as one service: certificates from the shared Secret, the server, the API server told, all renewed while it runs.
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import type { Webhook } from "./admission.ts";
import { jittered } from "./backoff.ts";
import { ensureCertificates } from "./certificate-secret.ts";
import { type CertificatePolicy, type CertificateSet, defaultCertificatePolicy } from "./certificates.ts";
import type { Listening } from "./http.ts";
import type { Logger } from "./log.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import { type ConfigurationOptions, ensureConfigurations, removeConfigurations } from "./webhook-configuration.ts";
import { startWebhookServer } from "./webhook-server.ts";

export interface WebhooksOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  /** `:9443`. */
  readonly address: string;
  /** Where the certificates are shared. */
  readonly secret: { readonly namespace: string; readonly name: string };
  /** Names the API server uses: `SERVICE.NAMESPACE.svc`, `127.0.0.1`. */
  readonly names: readonly string[];
  /** Given the port listened on, since `url` clients need it. */
  readonly configuration: (port: number) => ConfigurationOptions;
  readonly policy?: Partial<Omit<CertificatePolicy, "names">>;
  /** How often certificates and configurations are looked at. Default 60,000, with 20 % jitter. */
  readonly checkMs?: number;
}

/** For ManagerOptions.serveWebhooks: resolves when the API server can call. */
export function webhookService(options: WebhooksOptions) {
  return async (webhooks: readonly Webhook[], signal: AbortSignal): Promise<Listening> => {
    const { kube, clock, log } = options;
    const policy = { ...defaultCertificatePolicy, ...options.policy, names: options.names };
    const shared = { kube, policy, ...options.secret };
    let set: CertificateSet = await ensureCertificates(shared, clock.now(), signal);
    const server = await startWebhookServer(webhooks, { ...options, certificate: set });
    const configuration = options.configuration(server.port);
    const stop = new AbortController();

    const check = async (during: AbortSignal): Promise<void> => {
      const current = await ensureCertificates(shared, clock.now(), during);
      // First whom to trust, then what to show: a certificate is never served before its authority is known.
      await ensureConfigurations(kube, configuration, webhooks, current.bundle, during);
      if (current.serving !== set.serving) {
        server.useCertificate(current);
        log.info("webhook certificate renewed");
      }
      set = current;
    };
    const watch = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await clock.sleep(jittered(options.checkMs ?? 60_000, 0.2, options.random), stop.signal).catch(() => {});
        if (stop.signal.aborted) return;
        await check(stop.signal).catch((error: unknown) => {
          if (!stop.signal.aborted) log.warn("webhook certificates could not be checked", { error });
        });
      }
    };

    try {
      await check(signal);
    } catch (error) {
      await server.close();
      throw error;
    }
    log.info("the webhooks are served", { port: server.port });
    const watching = watch();
    return {
      port: server.port,
      async close() {
        stop.abort(new Error("the process ends"));
        await watching;
        await removeConfigurations(kube, configuration, new AbortController().signal).catch((error: unknown) => {
          log.warn("webhook configurations could not be removed; delete them by hand", { error });
        });
        await server.close();
      },
    };
  };
}
