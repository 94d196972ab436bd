// The HTTPS server the API server calls: reads the review, runs the handler within its time, answers, measures.
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../kube/clock.ts";
import { withDeadline } from "../kube/deadline.ts";
import type { Kube } from "../kube/kube.ts";
import type { AdmissionRequest, Allowed, Denied, Mutated, Webhook } from "./admission.ts";
import { codeOf, MalformedReview, parseReview, reviewResponse } from "./admission-review.ts";
import { listen, type Listening } from "./http.ts";
import type { Logger } from "./log.ts";
import type { RuntimeMetrics, WebhookMetrics } from "./metrics.ts";

export interface WebhookServerOptions {
  readonly address: string;
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  readonly certificate: { readonly serving: string; readonly servingKey: string };
}

/** A listening server whose certificate can be changed while connections stay open. */
export interface WebhookServer extends Listening {
  useCertificate(certificate: { readonly serving: string; readonly servingKey: string }): void;
}

/** The API server sends objects of 1.5 MB (etcd's bound) at most, old and new. */
const largestBody = 8 * 1024 * 1024;

export async function startWebhookServer(
  webhooks: readonly Webhook[],
  options: WebhookServerOptions,
): Promise<WebhookServer> {
  const routes = new Map(
    webhooks.map((webhook) => [`/${webhook.name}`, { webhook, metrics: options.metrics.webhook(webhook.name) }]),
  );
  if (routes.size !== webhooks.length) throw new Error("two webhooks have one name");
  const closing = new AbortController();
  const server: Server = createServer(
    { cert: options.certificate.serving, key: options.certificate.servingKey, minVersion: "TLSv1.2" },
    (request, response) => {
      const route = routes.get(new URL(request.url ?? "/", "https://localhost").pathname);
      if (route === undefined || request.method !== "POST") {
        response.writeHead(404).end();
        return;
      }
      handle(route.webhook, route.metrics, request, response, options, closing.signal).catch((error: unknown) => {
        options.log.error("webhook connection failed", { webhook: route.webhook.name, error });
        response.destroy();
      });
    },
  );
  const listening = await listen(server, options.address);
  return {
    port: listening.port,
    useCertificate: ({ serving, servingKey }) =>
      server.setSecureContext({ cert: serving, key: servingKey, minVersion: "TLSv1.2" }),
    async close() {
      const closed = listening.close();
      closing.abort(new Error("the process ends"));
      await closed;
    },
  };
}

async function handle(
  webhook: Webhook,
  metrics: WebhookMetrics,
  incoming: IncomingMessage,
  response: ServerResponse,
  options: WebhookServerOptions,
  closing: AbortSignal,
): Promise<void> {
  const { clock } = options;
  const began = clock.monotonic();
  metrics.inFlight(1);
  let code = 500;
  try {
    const request = parseReview(await readBody(incoming));
    const result = await decide(webhook, request, options, closing);
    code = codeOf(result);
    send(response, 200, reviewResponse(request, result));
  } catch (error) {
    if (!(error instanceof MalformedReview)) throw error;
    code = 400;
    send(response, 400, { message: error.message });
  } finally {
    metrics.inFlight(-1);
    metrics.answered(code, (clock.monotonic() - began) / 1000);
  }
}

/** Never rejects: what a handler throws is a refusal with code 500, which the person can tell from a rule. */
async function decide(
  webhook: Webhook,
  request: AdmissionRequest,
  options: WebhookServerOptions,
  closing: AbortSignal,
): Promise<Allowed | Denied | Mutated> {
  const { kube, clock } = options;
  const { namespace, name, operation, kind } = request;
  const log = options.log.child({
    webhook: webhook.name,
    kind,
    namespace,
    name,
    operation,
    user: request.user.username,
  });
  // A little before the API server gives up, so that it hears why.
  const limitMs = (webhook.timeoutSeconds ?? 5) * 1000 - 250;
  const late = () => new Error(`${webhook.name} did not decide within ${limitMs / 1000} s`);
  try {
    return await withDeadline(clock, limitMs, closing, late, async (signal) => {
      const decision = Promise.resolve(webhook.handle(request, { signal, clock, log, kube }));
      return Promise.race([decision, aborted(signal)]);
    });
  } catch (error) {
    if (error instanceof Error && error.message === late().message) log.warn("webhook out of time", { error });
    else log.error("webhook failed", { error });
    const message = `${webhook.name} could not decide; try again, and look at the operator's log if it happens again`;
    return { kind: "deny", code: 500, reason: "InternalError", message };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > largestBody) throw new MalformedReview(`larger than ${largestBody} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
