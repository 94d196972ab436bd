// Policy as administrators set it, live: settings and bundles from the operator's namespace into the registry, and back
// onto the settings what became of them.
import { type ConfigMap, configMaps } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { builtInName, type Fetch, type PolicyRegistry, type PolicySettings } from "../../policy/index.ts";
import type { Change, Manager } from "../../runtime/index.ts";
import { sourceOf } from "./bundle-sources.ts";
import { Bundles } from "./bundles.ts";
import { createPolicyMetrics } from "./metrics.ts";
import { policyLabel, statusAnnotation } from "./names.ts";
import { type BrokenSettings, type LoadedSettings, readSettings, type Trust } from "./settings.ts";
import { type PolicyStatus, policyStatus } from "./status.ts";

export interface PolicyControlOptions {
  readonly registry: PolicyRegistry;
  /** The operator's namespace. */
  readonly namespace: string;
  /** Name of the settings' ConfigMap. */
  readonly name: string;
  /** What holds where there is no such ConfigMap. */
  readonly defaults: PolicySettings;
  readonly trust: Trust;
  readonly opa: string | undefined;
  /** For bundles over HTTP and from registries. */
  readonly fetch: Fetch;
}

/** Registers caches and tasks with the manager; settings are in force before any controller starts. */
export function registerPolicy(manager: Manager, options: PolicyControlOptions): void {
  const { namespace, name, registry } = options;
  const settings = manager.cache(configMaps, { namespace, fieldSelector: `metadata.name=${name}` });
  const labelled = manager.cache(configMaps, { namespace, labelSelector: policyLabel });
  const log = manager.log.child({ part: "policy" });
  const metrics = createPolicyMetrics(manager.metrics);
  const told = createBell();
  const sources = {
    kube: manager.kube,
    namespace,
    configMaps: labelled,
    opa: options.opa,
    transport: { fetch: options.fetch, clock: manager.clock },
  };
  const bundles = new Bundles({
    sourceOf: (entry) => sourceOf(entry, sources),
    registry,
    metrics,
    onChange: told.ring,
    clock: manager.clock,
    random: manager.random,
    log,
  });
  metrics.bundle(builtInName, { digest: registry.current()?.digest, ready: registry.current() !== undefined });
  let last: LoadedSettings | BrokenSettings | undefined;
  let everGood = false;

  const take = ({ new: found }: Change<ConfigMap>): void => {
    if (found === undefined) {
      log.info("there are no policy settings any more; the operator's defaults are in force");
      registry.setSettings(options.defaults, []);
      bundles.set([]);
      last = undefined;
      everGood = true;
      return;
    }
    const read = readSettings(found, options.trust, manager.clock.now());
    if (JSON.stringify(read) === JSON.stringify(last)) return; // the status annotation, most often
    last = read;
    metrics.reloaded(read.kind === "loaded" ? "success" : "failure");
    if (read.kind === "broken") {
      log.warn("policy settings refused; the last good ones stay", { trouble: read.message });
      if (!everGood) registry.setSettings(undefined, []);
      told.ring();
      return;
    }
    log.info("policy settings loaded", { digest: read.digest, exceptions: read.exceptions.length });
    for (const trouble of read.ignored) log.warn("policy exception ignored", { trouble });
    everGood = true;
    registry.setSettings(read.settings, read.exceptions);
    bundles.set(read.settings.bundles ?? []);
  };
  settings.subscribe(take, new AbortController().signal);

  manager.task({ name: "policy-bundles", scope: "everyReplica", run: (signal) => bundles.run(signal) });
  manager.task({
    name: "policy-status",
    scope: "leader",
    async run(signal, kube) {
      while (!signal.aborted) {
        const next = told.next(signal);
        const found = settings.get({ namespace, name });
        const status = last === undefined ? undefined : policyStatus(last, bundles.states);
        if (found !== undefined && status !== undefined) await tell(manager, kube, found, status, signal);
        await next;
      }
    },
  });
}

/** Writes the status where it says something new, and an event with it. */
async function tell(
  manager: Manager,
  kube: Kube,
  settings: ConfigMap,
  status: PolicyStatus,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name, annotations } = settings.metadata;
  const before = annotations?.[statusAnnotation];
  const { time: _, ...known } = parsed(before);
  if (JSON.stringify(known) === JSON.stringify(status)) return;
  const body = { ...status, time: new Date(manager.clock.now()).toISOString() };
  const patch = { metadata: { annotations: { [statusAnnotation]: JSON.stringify(body) } } };
  await kube.patch(configMaps, { namespace, name }, { kind: "merge", body: patch }, { signal });
  const type = status.reason === "PolicyLoaded" ? "Normal" : "Warning";
  manager.events.record(settings, { type, reason: status.reason, action: "LoadPolicy", note: status.message });
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return Object(value);
  } catch {
    return {};
  }
}

/** Tells one who waits that something happened. */
interface Bell {
  readonly ring: () => void;
  /** Resolves at the next ring, or when the signal aborts. */
  readonly next: (signal: AbortSignal) => Promise<void>;
}

function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring() {
      rung.resolve();
      rung = Promise.withResolvers<void>();
    },
    async next(signal) {
      const stopped = Promise.withResolvers<void>();
      const leave = new AbortController();
      signal.addEventListener("abort", () => stopped.resolve(), { once: true, signal: leave.signal });
      await Promise.race([rung.promise, stopped.promise]).finally(() => leave.abort());
    },
  };
}
