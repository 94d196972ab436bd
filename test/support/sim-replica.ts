// One replica of a controller over the simulated API server, to be started, asked to leave, or killed.
import type { KubeObject, ResourceType } from "../../src/api/index.ts";
import { type Clock, type Kube, KubeError, type Random } from "../../src/kube/index.ts";
import {
  createInformers,
  type EventRecorder,
  type Reconcile,
  type RuntimeMetrics,
  silentLogger,
} from "../../src/runtime/index.ts";
import { createController } from "../../src/runtime/controller.ts";
import { defaultLeaseTiming } from "../../src/runtime/election.ts";
import { createLocalLeases } from "../../src/runtime/leases.ts";
import { restless } from "../../src/runtime/pace.ts";
import { createShards } from "../../src/runtime/shards.ts";

export interface SimReplica {
  readonly identity: string;
  readonly held: readonly number[];
  readonly queued: number;
  /** No call reaches the server or comes back for `ms`; the process goes on. */
  cutOff(ms: number): void;
  /** SIGKILL: nothing more leaves or arrives, nothing is released. */
  kill(): Promise<void>;
  /** SIGTERM: finishes what is in flight, hands over, releases. */
  leave(): Promise<void>;
}

export interface SimReplicaOptions<T extends KubeObject> {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: string;
  readonly type: ResourceType<T>;
  readonly shards: number;
  readonly reconcile: Reconcile<T>;
}

const noEvents: EventRecorder = { record: () => {}, flush: () => Promise.resolve() };
const noMetrics: RuntimeMetrics = {
  controller: () => ({
    queue: { added: () => {}, retried: () => {}, taken: () => {}, finished: () => {} },
    passEnded: () => {},
    terminalError: () => {},
    panic: () => {},
    timeout: () => {},
  }),
  webhook: () => ({ answered: () => {}, inFlight: () => {} }),
  observeRequest: () => {},
  leading: () => {},
  shardsHeld: () => {},
  eventsDropped: () => {},
};

export function startSimReplica<T extends KubeObject>(options: SimReplicaOptions<T>): SimReplica {
  const { clock, random, identity, type } = options;
  const life = new AbortController();
  const intake = new AbortController();
  const abort = new AbortController();
  let cutUntil = 0;
  const kube = mortal(options.kube, life.signal, () => clock.monotonic() < cutUntil);
  const informers = createInformers({
    kube,
    clock,
    random,
    signal: life.signal,
    pace: () => restless,
    report: () => {},
  });
  const cache = informers.informer(type, { signal: life.signal });
  const leases = createLocalLeases({ kube, clock, random, trouble: () => {} });
  const shards = createShards({
    kube,
    leases,
    clock,
    random,
    log: silentLogger,
    name: "sim",
    namespace: "operator",
    identity,
    timing: { ...defaultLeaseTiming, retryMs: 3000 },
    count: options.shards,
    observe: () => {},
  });
  const controller = createController(
    { name: "sim", cache, reconcile: options.reconcile, deps: {}, concurrency: 3, timeoutMs: 20_000 },
    {
      kube,
      clock,
      random,
      log: silentLogger,
      events: noEvents,
      metrics: noMetrics,
      ownership: shards.ownership,
      findCache: (other) => (other.plural === type.plural ? cache : undefined),
    },
  );
  const running = Promise.all([shards.run(intake.signal), controller.run(intake.signal, abort.signal)]);
  return {
    identity,
    get held() {
      return shards.held;
    },
    get queued() {
      return controller.queue.size;
    },
    cutOff(ms) {
      cutUntil = clock.monotonic() + ms;
    },
    async kill() {
      life.abort(new Error("killed"));
      intake.abort(new Error("killed"));
      abort.abort(new Error("killed"));
      await Promise.all([leases.abandon(), running, informers.closed]);
    },
    async leave() {
      intake.abort(new Error("leaving"));
      await running;
      await shards.release();
      await leases.close();
      life.abort(new Error("left"));
      await informers.closed;
    },
  };
}

/** The server as a process sees it: when the process is dead nothing arrives any more, in either direction. */
function mortal(kube: Kube, life: AbortSignal, isCut: () => boolean): Kube {
  const dead = () => new KubeError("unreachable", "nothing gets through");
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (life.aborted || isCut()) throw dead();
      const result = await call(...args);
      if (life.aborted || isCut()) throw dead();
      return result;
    };
  return {
    get: (type, key, options) => guard(() => kube.get(type, key, options))(),
    list: (type, options) => guard(() => kube.list(type, options))(),
    watch: (type, options) => kube.watch(type, options),
    create: (type, object, options) => guard(() => kube.create(type, object, options))(),
    update: (type, object, options) => guard(() => kube.update(type, object, options))(),
    apply: (type, object, options) => guard(() => kube.apply(type, object, options))(),
    patch: (type, key, patch, options) => guard(() => kube.patch(type, key, patch, options))(),
    delete: (type, key, options) => guard(() => kube.delete(type, key, options))(),
    post: (path, body, options) => guard(() => kube.post(path, body, options))(),
    getPath: (path, options) => guard(() => kube.getPath(path, options))(),
  };
}
