// Compliance of live workloads: the Kubernetes controls, over everything of the namespaces that are labelled for it.
import type { Registry } from "prom-client";
import { type KubeObject, type Namespace, namespaces } from "../../api/index.ts";
import type { Clock, Random } from "../../kube/index.ts";
import {
  type Compliance,
  complianceOf,
  complianceReport,
  type ExistingResource,
  type JudgedSubject,
  type PolicyHost,
  type PolicyRegistry,
} from "../../policy/index.ts";
import { createInformers, type Informer, type Logger, type Task } from "../../runtime/index.ts";
import { complianceStatus } from "./status.ts";
import { createReportWriter } from "./report-writer.ts";
import { workloadMetrics } from "./metrics.ts";
import { resourceOf, workloadTypes } from "./workload-resources.ts";

export interface WorkloadsOptions {
  /** The namespaces that carry the label, as metadata. */
  readonly namespaces: Informer<Namespace>;
  readonly policy: Pick<PolicyHost, "evaluate">;
  readonly rules: PolicyRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly registry: Registry;
}

/** Name of the report in each labelled namespace. */
export const workloadReport = "dharma-workloads";

/** Changes are gathered this long: a rollout is one evaluation. */
const gatherMs = 3_000;

interface Watch {
  readonly stop: AbortController;
  readonly caches: readonly Informer<KubeObject>[];
  dirty: boolean;
}

/**
 * A leader's task. A namespace is watched from the moment it has the label until it loses it; what it has is judged as one
 * input, so that rules can look at neighbours (a NetworkPolicy beside a Deployment).
 */
export function workloadCompliance(options: WorkloadsOptions): Task {
  const { clock, log } = options;
  const metrics = workloadMetrics(options.registry);
  return {
    name: "workload-compliance",
    scope: "leader",
    async run(signal, kube) {
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      const report = (what: string, error: unknown): void => log.warn("workloads can't be watched", { what, error });
      const informers = createInformers({ kube, clock, random: options.random, signal: ended, report });
      const writer = createReportWriter({ kube, clock, log });
      const watched = new Map<string, Watch>();
      const gone = new Set<string>();
      options.namespaces.subscribe((change) => {
        const name = (change.new ?? change.old).metadata.name;
        if (change.kind === "deleted") {
          watched.get(name)?.stop.abort();
          watched.delete(name);
          gone.add(name);
        } else if (!watched.has(name)) watched.set(name, watch(name));
      }, ended);
      options.rules.subscribe(() => {
        for (const each of watched.values()) each.dirty = true;
      }, ended);
      try {
        while (!signal.aborted) {
          for (const [name, { caches, dirty }] of watched) {
            if (!dirty || !caches.every(({ hasSynced }) => hasSynced)) continue;
            await publish(name);
          }
          for (const name of gone) {
            gone.delete(name);
            metrics.set(name, undefined);
            await attempt(name, () => writer.remove({ name: workloadReport, namespace: name }, signal));
          }
          await clock.sleep(gatherMs, signal);
        }
      } finally {
        stop.abort();
        metrics.reset();
        await informers.closed;
      }

      function watch(name: string): Watch {
        const own = new AbortController();
        const until = AbortSignal.any([ended, own.signal]);
        const caches = workloadTypes.map((type) => informers.informer(type, { namespace: name, signal: until }));
        const begun: Watch = { stop: own, caches, dirty: true };
        for (const cache of caches) cache.subscribe(() => void (begun.dirty = true), until);
        return begun;
      }

      async function publish(name: string): Promise<void> {
        const each = watched.get(name);
        if (each === undefined) return;
        each.dirty = false;
        const resources = resourcesOf(options.namespaces.get({ name }), each.caches);
        const done = await attempt(name, async () => {
          const time = new Date(clock.now()).toISOString();
          const evaluation = await options.policy.evaluate({ time, namespace: name, resources }, { signal });
          const compliance = complianceOf(options.rules.catalog(), resources, evaluation);
          metrics.set(name, compliance);
          const judged = subjectOf(name, compliance, { bundle: evaluation.bundle, time });
          const told = complianceReport([judged], options.rules.catalog(), { time: "", scope: `workloads of ${name}` });
          await writer.write({ name: workloadReport, namespace: name }, told, signal);
        });
        if (!done) each.dirty = true;
      }

      async function attempt(name: string, work: () => Promise<void>): Promise<boolean> {
        try {
          await work();
          return true;
        } catch (error) {
          if (signal.aborted) throw error;
          log.warn("workloads could not be judged; tried again", { namespace: name, error });
          return false;
        }
      }
    },
  };
}

/** Which namespaces to watch: their metadata, by the label. */
export const labelledNamespaces = { labelSelector: "iacdharma.com/workload-policy in (report,enforce)" } as const;

function resourcesOf(
  namespace: Namespace | undefined,
  caches: readonly Informer<KubeObject>[],
): readonly ExistingResource[] {
  const objects = caches.flatMap((cache) => cache.list().map((object) => resourceOf(cache.type, object)));
  const own = namespace === undefined ? [] : [resourceOf(namespaces, namespace)];
  return [...own, ...objects].filter((resource) => resource !== undefined);
}

function subjectOf(
  namespace: string,
  compliance: Compliance,
  judged: { readonly bundle: string; readonly time: string },
): JudgedSubject {
  return {
    kind: "Namespace",
    namespace,
    name: namespace,
    compliance: complianceStatus(compliance, { ...judged, basis: "" }),
  };
}
