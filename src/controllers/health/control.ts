// The health loop in the operator: which objects it scores, what makes their health be written, and its task.
import type {
  Blueprint,
  BlueprintRun,
  ConfigMap,
  Event,
  KindDefinition,
  KubeObject,
  ResourceType,
} from "../../api/index.ts";
import { blueprintRuns, blueprints, configMaps, events, kinds } from "../../api/index.ts";
import {
  createCheck,
  createHealthLoop,
  createLearner,
  defaultLoopSettings,
  type LiveSlots,
  type LoopSubject,
} from "../../inference/index.ts";
import { untilAborted } from "../../kube/index.ts";
import {
  createPastKeeper,
  followWarnings,
  type PastKeeper,
  type SignalSource,
  warningEvents,
} from "../../signals/index.ts";
import {
  called,
  createChannel,
  type Informer,
  type Manager,
  type ObjectReader,
  type OwnershipChange,
  type ReconcileChannel,
} from "../../runtime/index.ts";
import { claimant, type FindSubject, warned } from "./claims.ts";
import { followLearnt } from "./feedback.ts";
import { loopTask } from "./loop-task.ts";
import { loopMetrics } from "./metrics.ts";
import { healthManager, learntLabel, pastLabel, subjectText } from "./names.ts";
import { presentIn } from "./orphans.ts";
import { createPastStore } from "./past-store.ts";
import { createWorkloadPods, podWarnings } from "./pods.ts";
import { healthPredicate, type HealthTarget, reconcileHealth } from "./reconcile.ts";
import { createBlueprintFacts } from "./blueprint-facts.ts";
import { type Facts, type ScoredObject, subjectOf } from "./scored.ts";
import { orphansTask, sweepTask } from "./sweep.ts";
import { asScored, scoredWorkloads, type Workload, workloadTypes } from "./workload.ts";

export interface HealthOptions {
  readonly blueprints: Informer<Blueprint>;
  readonly runs: ObjectReader<BlueprintRun>;
  readonly sources: readonly SignalSource[];
  readonly slots: LiveSlots;
  /** Resolves when every source of models has been looked at once. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
  readonly operatorNamespace: string;
  /** "selected": Deployments, StatefulSets and DaemonSets with the label are scored too, which takes the right to patch them. */
  readonly workloads: "selected" | "none";
  /** Whether thresholds of a namespace begin from the counts of others. */
  readonly share: "counts" | "nothing";
  /** Milliseconds between cycles; default 15,000. */
  readonly intervalMs?: number;
}

interface Watched {
  /** Those that this replica holds. */
  readonly subjects: (now: number) => readonly LoopSubject[];
  readonly kind: string;
  readonly cache: Informer<KubeObject>;
  readonly find: (namespace: string, name: string) => string | undefined;
  readonly channel: ReconcileChannel;
}

/** Records are made by the operator and have no health of their own. */
const unscored: ReadonlySet<string> = new Set([blueprintRuns.kind, "Remediation"]);

/** Registers the controllers that write health, and the task that scores it. */
export function registerHealth(manager: Manager, options: HealthOptions): void {
  const { clock } = manager;
  const learner = createLearner({ share: options.share });
  const keeper: PastKeeper = createPastKeeper({ onNews: (uid, news) => pasts.note(uid, news) });
  const facts = createBlueprintFacts({
    keeper,
    runCache: options.runs,
    operatorNamespace: options.operatorNamespace,
  });
  /** Uids of those that this replica holds, with what they are called; "" until the first look. */
  const held = new Map<string, string>();
  const watched: Watched[] = [];
  const find: FindSubject = (kind, namespace, name) =>
    watched.find((each) => each.kind === kind)?.find(namespace, name);
  const loop = createHealthLoop({
    sources: options.sources,
    models: () => options.slots.current(),
    check: createCheck(options.slots, manager.random),
    subjects: () => watched.flatMap(({ subjects }) => subjects(clock.now())),
    subjectOf: (sample) => claimant(sample, find),
    threshold: (uid) => learner.threshold(uid, clock.now()),
    clock,
  });

  const watch = <T extends KubeObject>(cache: Informer<T>, target: HealthTarget<T>): void => {
    const channel = createChannel();
    watched.push({
      kind: target.type.kind,
      cache,
      channel,
      subjects: (now) =>
        cache
          .list()
          .filter(({ metadata: { uid = "" } }) => held.has(uid))
          .flatMap((object) => target.subject(object, now) ?? []),
      find: (namespace, name) => cache.get(target.type.namespaced ? { namespace, name } : { name })?.metadata.uid,
    });
    manager.controller({
      name: watched.length === 1 ? "health" : `health-${target.type.plural}`,
      cache,
      reconcile: reconcileHealth(target),
      deps: {
        loop,
        see: (object: ScoredObject) => {
          const { uid = "", namespace, name } = object.metadata;
          keeper.see(object, clock.now());
          if (held.get(uid) === "") pods?.look(object);
          held.set(uid, subjectText(object.kind, namespace, name));
        },
        learner,
        operatorNamespace: options.operatorNamespace,
        hold: (uid: string) => void (held.has(uid) || held.set(uid, "")),
      },
      predicate: healthPredicate(target),
      triggers: [called("loop", channel)],
      onOwnership: (change) => letGo(held, change),
      onGone: (object) => {
        const { uid = "" } = object.metadata;
        held.delete(uid);
        learner.forget(uid);
        keeper.forget(uid);
        facts.forget(uid);
        gone.add(uid);
      },
    });
  };

  const gone = new Set<string>();
  const pastOf = (object: KubeObject, now: number): Facts => ({ past: keeper.of(object, now) });
  watch(options.blueprints, {
    ...targetOf(blueprints, (blueprint, now) => facts.of(blueprint, now)),
    remedies: (blueprint) => facts.remedies(blueprint),
  });
  for (const kind of kinds.filter(isOther)) watch(manager.cache(kind.type), targetOf(kind.type, pastOf));
  if (options.workloads === "selected")
    for (const type of workloadTypes)
      watch(manager.cache(type, { labelSelector: scoredWorkloads }), workloadTarget(type, pastOf));

  const learnt: Informer<ConfigMap> = manager.cache(configMaps, {
    namespace: options.operatorNamespace,
    labelSelector: learntLabel,
  });
  const pasts = createPastStore({
    apply: (object, signal) => manager.kube.apply(configMaps, object, { fieldManager: healthManager, signal }),
    namespace: options.operatorNamespace,
    cache: manager.cache(configMaps, { namespace: options.operatorNamespace, labelSelector: pastLabel }),
    keeper,
    held: (uid) => held.get(uid),
    clock,
    log: manager.log,
  });
  const warnings = manager.cache(events, { ...warningEvents, indexes: podWarnings });
  const pods =
    options.workloads === "none"
      ? undefined
      : createWorkloadPods({
          clock,
          informers: (signal) => manager.informers(signal),
          workloads: watched
            .filter(({ kind }) => workloadTypes.some((type) => type.kind === kind))
            .map(({ cache }) => cache),
          warnings,
          find,
          holds: (uid) => held.has(uid),
          keeper,
        });
  const about = (event: Event) => (pods === undefined ? warned(event, find, () => "nobody") : pods.warned(event));
  manager.task({
    name: "health-memory",
    scope: "everyReplica",
    async run(signal) {
      followLearnt(learnt, learner, signal);
      pasts.follow(signal);
      followWarnings({ events: warnings, keeper, subjectOf: about, clock }, signal);
      await untilAborted(signal);
    },
  });
  manager.task({ name: "health-past", scope: "everyReplica", run: (signal) => pasts.run(signal) });
  if (pods !== undefined)
    manager.task({ name: "health-pods", scope: "everyReplica", run: (signal) => pods.run(signal) });
  manager.task(
    loopTask({
      loop,
      request: ({ kind, namespace, name }) =>
        watched
          .find((each) => each.kind === kind)
          ?.channel.request(namespace === undefined ? { name } : { namespace, name }),
      clock,
      log: manager.log,
      metrics: loopMetrics(manager.metrics),
      intervalMs: options.intervalMs ?? defaultLoopSettings.intervalMs,
      settled: options.settled,
    }),
  );
  manager.task(sweepTask(manager, options.operatorNamespace, gone));
  const caches = watched.map(({ cache }) => cache);
  manager.task(orphansTask(manager, options.operatorNamespace, () => presentIn(caches, options.workloads)));
}

function isOther(kind: KindDefinition): kind is KindDefinition<ScoredObject> {
  return kind.type.kind !== blueprints.kind && !unscored.has(kind.type.kind);
}

function targetOf<T extends ScoredObject>(
  type: ResourceType<T>,
  factsOf: (object: T, now: number) => Facts,
): HealthTarget<T> {
  return {
    type,
    scored: (object) => object,
    subject: (object, now) => subjectOf(object, factsOf(object, now)),
    writes: "status",
  };
}

function workloadTarget(
  type: ResourceType<Workload>,
  factsOf: (object: KubeObject, now: number) => Facts,
): HealthTarget<Workload> {
  const subject = (workload: Workload, now: number): LoopSubject | undefined =>
    subjectOf(asScored(workload), factsOf(workload, now));
  return { type, scored: asScored, subject, writes: "annotation" };
}

function letGo(held: Map<string, string>, change: OwnershipChange): void {
  if (change.kind === "gained") return; // each of them gets a pass, which holds it
  for (const uid of held.keys()) if (change.concerns(uid)) held.delete(uid);
}
