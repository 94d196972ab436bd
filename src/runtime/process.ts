// The process: caches, leases, controllers, tasks, webhooks, probes and servers, started and stopped in order.
import { collectDefaultMetrics, type Registry } from "prom-client";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import type { Webhook } from "./admission.ts";
import type { Informers } from "./cache.ts";
import { createInformers } from "./informers.ts";
import { type Controller, createController } from "./controller.ts";
import { createEventRecorder } from "./event-recorder.ts";
import { fencedKube } from "./fenced-kube.ts";
import { type Holding, type HoldingOptions, holdAlone, holdByLeases } from "./holding.ts";
import { type Listening, serve } from "./http.ts";
import type { LeaseConnection } from "./lease-messages.ts";
import type { Leases } from "./leases.ts";
import type { Logger } from "./log.ts";
import type { Manager, Task } from "./manager.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import type { FindCache } from "./own-writes.ts";
import { Probes, watchLoop } from "./probes.ts";
import { Shutdown } from "./shutdown.ts";
import { supervise } from "./supervise.ts";
import { createThreadLeases } from "./thread-leases.ts";

export interface ManagerOptions {
  readonly kube: Kube;
  /** How the lease thread connects; the same cluster as `kube`. */
  readonly connection: LeaseConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Unique to this process: Pod name and something random. */
  readonly identity: string;
  readonly registry: Registry;
  /** Made by createMetrics(registry), so that `kube` could be given its observer. */
  readonly metrics: RuntimeMetrics;
  readonly holding: HoldingOptions;
  /** `:8080`; undefined: not served. */
  readonly metricsAddress?: string | undefined;
  /** `:8081`; undefined: not served. */
  readonly healthAddress?: string | undefined;
  /** Starts the webhook server for what was registered; undefined: registered webhooks are not served. */
  readonly serveWebhooks?: ((webhooks: readonly Webhook[], signal: AbortSignal) => Promise<Listening>) | undefined;
  /** Everything has ended by then. Default 30,000. */
  readonly shutdownMs?: number;
}

/** A standstill of the event loop that liveness tolerates. */
const loopBoundMs = 20_000;

export function createManager(options: ManagerOptions): Manager {
  const { kube, clock, random, log, identity, registry, metrics } = options;
  collectDefaultMetrics({ register: registry });
  const lifetime = new AbortController();
  const fatal = new AbortController();
  const informersUntil = (signal: AbortSignal): Informers =>
    createInformers({
      kube,
      clock,
      random,
      signal,
      report: (what, error) => log.warn("watch failed; it goes on by itself", { what, error }),
    });
  const informers = informersUntil(lifetime.signal);
  const events = createEventRecorder({ kube, clock, log, identity, dropped: (count) => metrics.eventsDropped(count) });
  const registered: ((holding: Holding) => Controller)[] = [];
  const webhooks: Webhook[] = [];
  const tasks: Task[] = [];
  const ready = new Probes();
  const live = new Probes();
  const loop = watchLoop(clock, loopBoundMs);
  const ports = new Map<"metrics" | "health" | "webhook", number>();
  let state: "starting" | "running" | "stopping" = "starting";
  let controllers: readonly Controller[] = [];

  const findCache: FindCache = (type, namespace) =>
    informers
      .all()
      .find(
        ({ type: other, selection }) =>
          other.group === type.group &&
          other.plural === type.plural &&
          (selection.namespace === undefined || selection.namespace === namespace) &&
          selection.labelSelector === undefined &&
          selection.fieldSelector === undefined,
      );

  ready.add("process", () => {
    if (state !== "running") throw new Error(state === "starting" ? "caches are not synced yet" : "shutting down");
  });
  live.add("event-loop", () => loop.check());
  live.add("workers", () => {
    const stuck = controllers.map((controller) => controller.stuck()).find((why) => why !== undefined);
    if (stuck !== undefined) throw new Error(stuck);
  });

  const startServers = async (shutdown: Shutdown): Promise<void> => {
    if (options.healthAddress !== undefined) {
      const server = await serve(options.healthAddress, {
        "/healthz": (signal) => live.answer(signal),
        "/livez": (signal) => live.answer(signal),
        "/readyz": (signal) => ready.answer(signal),
      });
      ports.set("health", server.port);
      shutdown.last("health server", () => server.close());
    }
    if (options.metricsAddress !== undefined) {
      const server = await serve(options.metricsAddress, {
        "/metrics": async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
      });
      ports.set("metrics", server.port);
      shutdown.last("metrics server", () => server.close());
    }
  };

  const startLeases = (shutdown: Shutdown): Holding => {
    if (options.holding.kind === "alone") return holdAlone(kube);
    const leases: Leases = createThreadLeases({
      connection: options.connection,
      trouble: (name, error) => log.warn("lease trouble", { lease: name, error }),
      died: (error) => fatal.abort(error),
    });
    const holding = holdByLeases(options.holding, {
      kube,
      clock,
      random,
      log,
      identity,
      metrics,
      leases,
      fence: fencedKube,
    });
    shutdown.releases(() => holding.release(), leases);
    return holding;
  };

  const begin = async (shutdown: Shutdown): Promise<void> => {
    const { intake, abort } = shutdown;
    shutdown.background(loop.run(lifetime.signal));
    await startServers(shutdown);
    await Promise.all(informers.all().map((informer) => informer.synced(intake)));
    if (options.serveWebhooks && webhooks.length > 0) {
      const server = await options.serveWebhooks(webhooks, intake);
      ports.set("webhook", server.port);
      shutdown.last("webhook server", () => server.close());
    }
    const holding = startLeases(shutdown);
    controllers = registered.map((make) => make(holding));
    await Promise.all(controllers.map((controller) => controller.synced(intake)));
    shutdown.flushes((signal) => events.flush(signal));
    shutdown.works("events", events.run(intake));
    shutdown.works("shards", holding.run(intake));
    for (const controller of controllers) shutdown.works(controller.name, controller.run(intake, abort));
    for (const task of tasks) {
      const taskLog = log.child({ task: task.name });
      const once = (signal: AbortSignal): Promise<void> =>
        task.scope === "leader"
          ? holding.whileLeading((term, fenced) => supervise(clock, taskLog, (s) => task.run(s, fenced), term), signal)
          : supervise(clock, taskLog, (s) => task.run(s, kube), signal);
      shutdown.works(task.name, once(intake));
    }
  };

  return {
    kube,
    clock,
    random,
    log,
    events,
    identity,
    metrics: registry,
    ports,
    get ready() {
      return state === "running";
    },
    informers: informersUntil,
    cache: (type, cacheOptions) => informers.informer(type, { ...cacheOptions, signal: lifetime.signal }),
    controller(controllerOptions) {
      registered.push((holding) =>
        createController(controllerOptions, {
          kube,
          clock,
          random,
          log,
          events,
          metrics,
          findCache,
          ownership: holding.ownership(controllerOptions.scope ?? "sharded"),
        }),
      );
    },
    webhook: (webhook) => void webhooks.push(webhook),
    task: (task) => void tasks.push(task),
    readyCheck: (name, check) => ready.add(name, check),
    async run(signal) {
      const shutdown = new Shutdown({ clock, log, totalMs: options.shutdownMs ?? 30_000 });
      try {
        await shutdown.until([signal, fatal.signal], async () => {
          await begin(shutdown);
          state = "running";
          log.info("running", { identity, controllers: controllers.map((controller) => controller.name) });
        });
      } finally {
        state = "stopping";
        await shutdown.run(() => lifetime.abort(new Error("the process ends")));
        await informers.closed;
      }
      if (fatal.signal.aborted) throw fatal.signal.reason;
    },
  };
}
