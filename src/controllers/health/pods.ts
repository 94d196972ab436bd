// Follows the Pods of scored workloads: how often their containers began anew, and whose warnings are about them.
import type { Event, KubeObject } from "../../api/index.ts";
import { type Clock, untilAborted } from "../../kube/index.ts";
import type { PastKeeper } from "../../signals/index.ts";
import type { Informer, Informers } from "../../runtime/index.ts";
import { type FindSubject, type OwnerOf, warned } from "./claims.ts";
import { podOwner, reducedPod, type WatchedPod, watchedPods } from "./pod-owner.ts";

export interface WorkloadPodsParts {
  readonly clock: Clock;
  /** Those that `run` holds until its signal aborts. */
  readonly informers: (signal: AbortSignal) => Informers;
  readonly workloads: readonly Pick<Informer<KubeObject>, "subscribe">[];
  /** Warnings, with the index `podWarnings`. */
  readonly warnings: Pick<Informer<Event>, "byIndex">;
  readonly find: FindSubject;
  /** Whether this replica scores the object. */
  readonly holds: (uid: string) => boolean;
  readonly keeper: Pick<PastKeeper, "seeRestarts" | "forgetPod" | "seeEvent">;
}

export interface WorkloadPods {
  /** Whose past a warning belongs to; undefined: nobody's. */
  warned(event: Event): string | undefined;
  /** The workload is scored from now on: what its Pods say already is taken note of. */
  look(workload: KubeObject): void;
  /** Follows until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Index of warnings about Pods and ReplicaSets, by their namespace. */
export const podWarnings = {
  ofPods: ({ regarding }: Event): readonly string[] =>
    regarding?.kind === "Pod" || regarding?.kind === "ReplicaSet" ? [regarding.namespace ?? ""] : [],
};

/** More namespaces than that are watched as one: each watch is a connection. */
const mostWatches = 16;

/** What is watched: these namespaces, or everything. It goes back to single ones with some to spare, so that it doesn't change to and fro. */
export function scopesOf(namespaces: ReadonlySet<string>, before: ReadonlySet<string>): ReadonlySet<string> {
  const most = before.has(everything) ? mostWatches / 2 : mostWatches;
  return namespaces.size > most ? new Set([everything]) : namespaces;
}

/** The scope that is no namespace. */
export const everything = "";

interface Scope {
  readonly informer: Informer<WatchedPod>;
  readonly stop: AbortController;
}

/** Nothing is asked of the API server before `run`. */
export function createWorkloadPods(parts: WorkloadPodsParts): WorkloadPods {
  const { find, holds, keeper, clock } = parts;
  const scopes = new Map<string, Scope>();
  const inScope = (namespace: string) => (scopes.get(everything) ?? scopes.get(namespace))?.informer;

  const subjectOf = (pod: WatchedPod): string | undefined => {
    const owner = podOwner(pod);
    const uid = owner && find(owner.kind, pod.metadata.namespace ?? "", owner.name);
    // A Pod may outlive its workload, and another have the name by now.
    return owner?.uid === undefined || owner.uid === uid ? uid : undefined;
  };
  const see = (pod: WatchedPod): void => {
    const uid = subjectOf(pod);
    if (uid === undefined || !holds(uid)) return;
    keeper.seeRestarts(uid, pod.metadata.uid ?? "", pod.status?.containerStatuses ?? [], clock.now());
  };
  const forget = (pod: WatchedPod): void => {
    const uid = subjectOf(pod);
    if (uid !== undefined) keeper.forgetPod(uid, pod.metadata.uid ?? "");
  };
  const ownerOf: OwnerOf = (namespace, name) => {
    const pod = inScope(namespace)?.get({ namespace, name });
    if (pod === undefined) return "unknown";
    const uid = subjectOf(pod);
    return uid === undefined ? "nobody" : { uid };
  };

  const follow = (wanted: ReadonlySet<string>, informers: Informers): void => {
    for (const [scope, { stop }] of scopes) {
      if (wanted.has(scope)) continue;
      stop.abort(new Error("no workload of the namespace is scored any more"));
      scopes.delete(scope);
    }
    for (const scope of wanted) {
      if (scopes.has(scope)) continue;
      const stop = new AbortController();
      const informer = informers.informer(watchedPods, {
        ...(scope === everything ? {} : { namespace: scope }),
        reduce: reducedPod,
        indexes: byOwner,
        signal: stop.signal,
      });
      scopes.set(scope, { informer, stop });
      informer.subscribe((change) => (change.new === undefined ? forget(change.old) : see(change.new)), stop.signal);
    }
  };

  return {
    warned: (event) => warned(event, find, ownerOf),
    look({ kind, metadata: { namespace = "", name, uid = "" } }) {
      for (const pod of inScope(namespace)?.byIndex("owner", `${kind} ${namespace}/${name}`) ?? []) see(pod);
      for (const event of parts.warnings.byIndex("ofPods", namespace))
        if (warned(event, find, ownerOf) === uid) keeper.seeEvent(uid, event, clock.now());
    },
    async run(signal) {
      const informers = parts.informers(signal);
      const counts = new Map<string, number>();
      let isCounting = true;
      const refresh = () => {
        if (!isCounting) follow(scopesOf(new Set(counts.keys()), new Set(scopes.keys())), informers);
      };
      for (const workloads of parts.workloads)
        workloads.subscribe((change) => {
          if (change.kind === "modified") return;
          const { namespace = "" } = (change.new ?? change.old).metadata;
          const left = (counts.get(namespace) ?? 0) + (change.kind === "added" ? 1 : -1);
          if (left > 0) counts.set(namespace, left);
          else counts.delete(namespace);
          refresh();
        }, signal);
      isCounting = false;
      refresh();
      await untilAborted(signal);
      scopes.clear();
      await informers.closed;
    },
  };
}

const byOwner = {
  owner: (pod: WatchedPod): readonly string[] => {
    const owner = podOwner(pod);
    return owner === undefined ? [] : [`${owner.kind} ${pod.metadata.namespace ?? ""}/${owner.name}`];
  },
};
