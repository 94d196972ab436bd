// The metrics existing dashboards know: controller-runtime's, client-go's and workqueue's names, labels and buckets.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RequestObservation } from "../kube/options.ts";
import type { WorkQueue, QueueObserver } from "./queue.ts";

/** How a pass ended, as `controller_runtime_reconcile_total` counts it. */
export type ReconcileLabel = "success" | "error" | "requeue" | "requeue_after";

/** What one controller counts. */
export interface ControllerMetrics {
  readonly queue: QueueObserver;
  passEnded(label: ReconcileLabel, seconds: number): void;
  terminalError(): void;
  panic(): void;
  timeout(): void;
}

/** What one webhook counts. */
export interface WebhookMetrics {
  answered(code: number, seconds: number): void;
  inFlight(change: 1 | -1): void;
}

/** The runtime's metrics, all in one registry. */
export interface RuntimeMetrics {
  /** Registers a controller: every series starts at 0. `queue` is read at each scrape; `nowMs` is monotonic. */
  controller(
    name: string,
    concurrency: number,
    view: { queue(): WorkQueue | undefined; nowMs(): number },
  ): ControllerMetrics;
  webhook(name: string): WebhookMetrics;
  /** For KubeOptions.observe. */
  observeRequest(observation: RequestObservation): void;
  /** `leader_election_master_status`. */
  leading(name: string, status: 0 | 1): void;
  /** Shards held now, for dashboards of the sharding. */
  shardsHeld(count: number): void;
  eventsDropped(count: number): void;
}

// controller-runtime pkg/internal/controller/metrics: reconcile_time_seconds.
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
// controller-runtime pkg/internal/metrics/workqueue.go: ExponentialBuckets(10e-9, 10, 12).
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];
// client-go and controller-runtime: rest_client_request_duration_seconds and webhook_latency_seconds.
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const webhookBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const byController = ["controller"];
const byQueue = ["name", "controller"];

/** Makes the runtime's metrics in `registry`; to be called once for each registry. */
export function createMetrics(registry: Registry): RuntimeMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const histogram = (name: string, help: string, labelNames: readonly string[], buckets: readonly number[]) =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers });

  const total = counter("controller_runtime_reconcile_total", "Reconciliations by result", ["controller", "result"]);
  const errors = counter("controller_runtime_reconcile_errors_total", "Reconciliations that failed", byController);
  const terminals = counter(
    "controller_runtime_terminal_reconcile_errors_total",
    "Reconciliations that failed for good",
    byController,
  );
  const panics = counter(
    "controller_runtime_reconcile_panics_total",
    "Reconciliations that hit a defect",
    byController,
  );
  const timeouts = counter(
    "controller_runtime_reconcile_timeouts_total",
    "Reconciliations past their time",
    byController,
  );
  const seconds = histogram(
    "controller_runtime_reconcile_time_seconds",
    "Length of a reconciliation",
    byController,
    reconcileBuckets,
  );
  const cap = new Gauge({
    name: "controller_runtime_max_concurrent_reconciles",
    help: "Most reconciliations at once",
    labelNames: byController,
    registers,
  });
  const adds = counter("workqueue_adds_total", "Keys that became ready", byQueue);
  const retries = counter("workqueue_retries_total", "Keys that come back after a failure", byQueue);
  const waited = histogram("workqueue_queue_duration_seconds", "Wait from ready to taken", byQueue, queueBuckets);
  const worked = histogram("workqueue_work_duration_seconds", "Time worked on a key", byQueue, queueBuckets);

  const views = new Map<string, { queue(): WorkQueue | undefined; nowMs(): number }>();
  const fromQueues = (
    name: string,
    help: string,
    labelNames: readonly string[],
    read: (queue: WorkQueue | undefined, nowMs: number) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        for (const [controller, view] of views) {
          const labels = labelNames.includes("name") ? { name: controller, controller } : { controller };
          this.set(labels, read(view.queue(), view.nowMs()));
        }
      },
    });
  fromQueues(
    "controller_runtime_active_workers",
    "Reconciliations in progress",
    byController,
    (queue) => queue?.active.size ?? 0,
  );
  fromQueues("workqueue_depth", "Keys ready to be worked on", byQueue, (queue) => queue?.depth ?? 0);
  fromQueues("workqueue_unfinished_work_seconds", "Sum of the ages of work in progress", byQueue, (queue, now) =>
    ages(queue, now).reduce((sum, age) => sum + age, 0),
  );
  fromQueues(
    "workqueue_longest_running_processor_seconds",
    "Age of the oldest work in progress",
    byQueue,
    (queue, now) => ages(queue, now).reduce((oldest, age) => Math.max(oldest, age), 0),
  );

  const requests = counter("rest_client_requests_total", "Requests to the API server", ["code", "method", "host"]);
  const requestSeconds = histogram(
    "rest_client_request_duration_seconds",
    "Length of requests to the API server",
    ["verb", "host"],
    requestBuckets,
  );
  const leader = new Gauge({
    name: "leader_election_master_status",
    help: "1 while this replica holds the lease",
    labelNames: ["name"],
    registers,
  });
  const shards = new Gauge({ name: "dharma_shards_held", help: "Shards this replica holds", registers });
  const dropped = counter("dharma_events_dropped_total", "Events not recorded: over the rate or refused", []);
  dropped.inc(0);
  shards.set(0);
  const webhookSeconds = histogram(
    "controller_runtime_webhook_latency_seconds",
    "Length of admission requests",
    ["webhook"],
    webhookBuckets,
  );
  const webhookTotal = counter("controller_runtime_webhook_requests_total", "Admission requests", ["webhook", "code"]);
  const webhookInFlight = new Gauge({
    name: "controller_runtime_webhook_requests_in_flight",
    help: "Admission requests in progress",
    labelNames: ["webhook"],
    registers,
  });

  return {
    controller(controller, concurrency, view) {
      const labels = { controller };
      const queue = { name: controller, controller };
      for (const result of ["success", "error", "requeue", "requeue_after"]) total.inc({ controller, result }, 0);
      for (const metric of [errors, terminals, panics, timeouts]) metric.inc(labels, 0);
      for (const metric of [adds, retries]) metric.inc(queue, 0);
      seconds.zero(labels);
      waited.zero(queue);
      worked.zero(queue);
      cap.set(labels, concurrency);
      views.set(controller, view);
      return {
        queue: {
          added: () => adds.inc(queue),
          retried: () => retries.inc(queue),
          taken: (value) => waited.observe(queue, value),
          finished: (value) => worked.observe(queue, value),
        },
        passEnded(result, value) {
          total.inc({ controller, result });
          if (result === "error") errors.inc(labels);
          seconds.observe(labels, value);
        },
        terminalError: () => terminals.inc(labels),
        panic: () => panics.inc(labels),
        timeout: () => timeouts.inc(labels),
      };
    },
    webhook(webhook) {
      for (const code of ["200", "500"]) webhookTotal.inc({ webhook, code }, 0);
      webhookSeconds.zero({ webhook });
      webhookInFlight.set({ webhook }, 0);
      return {
        answered(code, value) {
          webhookTotal.inc({ webhook, code: String(code) });
          webhookSeconds.observe({ webhook }, value);
        },
        inFlight: (change) => webhookInFlight.inc({ webhook }, change),
      };
    },
    observeRequest(seen) {
      requests.inc({ code: seen.code, method: seen.method, host: seen.host });
      requestSeconds.observe({ verb: seen.verb, host: seen.host }, seen.durationSeconds);
    },
    leading: (name, status) => leader.set({ name }, status),
    shardsHeld: (count) => shards.set(count),
    eventsDropped: (count) => dropped.inc(count),
  };
}

function ages(queue: WorkQueue | undefined, nowMs: number): number[] {
  return queue ? [...queue.active.values()].map((work) => (nowMs - work.takenAt) / 1000) : [];
}
