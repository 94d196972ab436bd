// Which controllers and webhooks run, and what makes each of them look again.
import type { Blueprint, BlueprintRun, KindDefinition, Reason } from "../api/index.ts";
import { blueprintRuns, blueprints, kinds, namespaces } from "../api/index.ts";
import type { BlueprintDeps } from "../controllers/blueprint/deps.ts";
import { reconcileBlueprint } from "../controllers/blueprint/reconcile.ts";
import { byReadFrom, readFrom, referenceIndexes } from "../controllers/blueprint/readers.ts";
import { blueprintKeyOf, runIndexes, runsOf } from "../controllers/blueprint/runs.ts";
import type { RunDeps } from "../controllers/blueprintrun/deps.ts";
import { reconcileRun } from "../controllers/blueprintrun/reconcile.ts";
import { type HealthOptions, registerHealth } from "../controllers/health/control.ts";
import { type PendingObject, reconcilePending } from "../controllers/pending/reconcile.ts";
import { type ComplianceDeps, compliancePredicate, reconcileCompliance } from "../controllers/compliance/reconcile.ts";
import { compliancePublisher } from "../controllers/compliance/publisher.ts";
import { type PolicyControlOptions, registerPolicy } from "../controllers/policy/control.ts";
import { exceptWebhook } from "../controllers/policy/except-webhook.ts";
import { settingsWebhook } from "../controllers/policy/settings-webhook.ts";
import { labelledNamespaces, workloadCompliance } from "../controllers/compliance/workloads.ts";
import { approvalsWebhook } from "../controllers/webhooks/approvals.ts";
import { type ExportOptions, exportWebhook } from "../controllers/webhooks/export.ts";
import { referencesWebhook } from "../controllers/webhooks/references.ts";
import { namespaceLabelsWebhook } from "../controllers/webhooks/namespaces.ts";
import { policyWebhook, workloadWebhook } from "../controllers/webhooks/policy.ts";
import { specWebhook, type SpecWebhookOptions } from "../controllers/webhooks/spec.ts";
import { untilAborted } from "../kube/index.ts";
import type { PolicyRegistry } from "../policy/index.ts";
import {
  called,
  createChannel,
  type Informer,
  type Manager,
  mapped,
  type Predicate,
  type ReconcileChannel,
} from "../runtime/index.ts";

export interface ControllerParts {
  readonly blueprint: Omit<BlueprintDeps, "runCache" | "blueprintCache">;
  readonly run: Omit<RunDeps, "blueprintCache">;
  readonly compliance: Omit<ComplianceDeps, "runCache">;
  readonly workloads: "judged" | undefined;
  readonly policy: PolicyControlOptions;
  readonly health: Omit<HealthOptions, "blueprints" | "runs" | "operatorNamespace">;
  readonly spec: SpecWebhookOptions;
  readonly exports: ExportOptions["state"];
  readonly operatorUser: string;
  /** Asks the BlueprintRun controller for passes when long work has ended. */
  readonly channel: ReconcileChannel;
}

/** The caches the controllers share. */
export interface Caches {
  readonly blueprints: Informer<Blueprint>;
  readonly runs: Informer<BlueprintRun>;
}

/** Caches with the indexes the controllers use. */
export function cachesOf(manager: Manager): Caches {
  return {
    blueprints: manager.cache(blueprints, { indexes: referenceIndexes }),
    runs: manager.cache(blueprintRuns, { indexes: runIndexes }),
  };
}

/** Registers everything with the manager. */
export function registerControllers(manager: Manager, caches: Caches, parts: ControllerParts): void {
  const { operatorNamespace } = parts.blueprint;
  const blueprintOf = (run: BlueprintRun) => {
    const key = blueprintKeyOf(run, operatorNamespace);
    return key === undefined ? [] : [key];
  };
  manager.controller({
    name: "blueprint",
    cache: caches.blueprints,
    reconcile: reconcileBlueprint,
    deps: { ...parts.blueprint, runCache: caches.runs, blueprintCache: caches.blueprints },
    triggers: [
      mapped("runs", caches.runs, blueprintOf),
      // What others publish or let go of may be what this one waits for.
      mapped("references", caches.blueprints, (changed) => readersOf(changed, caches.blueprints)),
      called("policy", rulesChannel(manager, "denied", deniedIn(caches.blueprints), parts.compliance.rules)),
    ],
  });
  manager.controller({
    name: "blueprintrun",
    cache: caches.runs,
    reconcile: reconcileRun,
    // On the replica that holds the Blueprint: one writes its audit chain, one works on it.
    shardUid: (run) => run.spec.blueprintRef.uid,
    deps: { ...parts.run, blueprintCache: caches.blueprints },
    onOwnership: (change) => parts.run.board.onOwnership(change),
    triggers: [
      called("work", parts.channel),
      mapped("blueprints", caches.blueprints, (blueprint) =>
        runsOf(blueprint, caches.runs, operatorNamespace)
          .filter(({ status }) => status?.completionTime === undefined)
          .map(({ metadata: { namespace = "", name } }) => ({ namespace, name })),
      ),
    ],
  });
  registerHealth(manager, { ...parts.health, blueprints: caches.blueprints, runs: caches.runs, operatorNamespace });
  manager.controller({
    name: "compliance",
    cache: caches.blueprints,
    reconcile: reconcileCompliance,
    deps: { ...parts.compliance, runCache: caches.runs },
    predicate: compliancePredicate,
    // Judging is work for the policy threads: two at once leave room for decisions that somebody waits for.
    concurrency: 2,
    triggers: [
      mapped("runs", caches.runs, blueprintOf, { predicate: justSucceeded }),
      called(
        "rules",
        rulesChannel(manager, "rules", () => caches.blueprints.list(), parts.compliance.rules),
      ),
    ],
  });
  manager.task(
    compliancePublisher({
      cache: caches.blueprints,
      rules: parts.compliance.rules,
      clock: manager.clock,
      log: manager.log,
      registry: manager.metrics,
    }),
  );
  for (const kind of kinds) if (isPending(kind)) registerPending(manager, kind);
  manager.task(parts.run.board.task);
  registerPolicy(manager, parts.policy);
  manager.webhook(settingsWebhook({ ...parts.policy, keys: parts.run.attestationKeys }));
  manager.webhook(exceptWebhook(parts.run.attestationKeys));
  manager.webhook(referencesWebhook(parts.run.attestationKeys));
  manager.webhook(exportWebhook({ state: parts.exports }));
  manager.webhook(specWebhook(parts.spec));
  const judging = { policy: parts.run.policy, operatorNamespace };
  manager.webhook(policyWebhook(judging));
  manager.webhook(namespaceLabelsWebhook());
  if (parts.workloads === "judged") {
    manager.webhook(workloadWebhook(judging));
    manager.task(
      workloadCompliance({
        namespaces: manager.cache(namespaces, { ...labelledNamespaces, metadataOnly: true }),
        policy: parts.compliance.policy,
        rules: parts.compliance.rules,
        clock: manager.clock,
        random: manager.random,
        log: manager.log,
        registry: manager.metrics,
      }),
    );
  }
  manager.webhook(approvalsWebhook({ keys: parts.run.approvalKeys, operatorUser: parts.operatorUser }));
}

/** Blueprints whose plan a policy refused: other rules may let it pass. */
function deniedIn(cache: Informer<Blueprint>): () => readonly Blueprint[] {
  return () =>
    cache.list().filter(({ status }) => status?.conditions?.some(({ reason }) => deniedByPolicy.has(reason)));
}

const deniedByPolicy: ReadonlySet<string> = new Set<Reason>(["PolicyDenied", "PolicyUnavailable"]);

/** These Blueprints are looked at again when the rules change, spread over some seconds. */
function rulesChannel(
  manager: Manager,
  name: string,
  concerned: () => readonly Blueprint[],
  rules: PolicyRegistry,
): ReconcileChannel {
  const channel = createChannel();
  manager.task({
    name,
    scope: "everyReplica",
    async run(signal) {
      rules.subscribe(() => {
        for (const { metadata } of concerned())
          channel.request({ namespace: metadata.namespace ?? "", name: metadata.name }, manager.random() * spreadMs);
      }, signal);
      await untilAborted(signal);
    },
  });
  return channel;
}

const spreadMs = 3_000;

const justSucceeded: Predicate<BlueprintRun> = (change) =>
  change.new?.status?.phase === "Succeeded" && change.old?.status?.phase !== "Succeeded";

const implemented: ReadonlySet<string> = new Set([blueprints.kind, blueprintRuns.kind]);

function isPending(kind: KindDefinition): kind is KindDefinition<PendingObject> {
  return !implemented.has(kind.type.kind);
}

function registerPending(manager: Manager, kind: KindDefinition<PendingObject>): void {
  manager.controller({
    name: kind.type.kind.toLowerCase(),
    cache: manager.cache(kind.type),
    reconcile: reconcilePending,
    deps: {},
    concurrency: 1,
  });
}

function* readersOf(changed: Blueprint, cache: Informer<Blueprint>) {
  const { namespace: from, name: source } = changed.metadata;
  // Both ends of a reference care: the reader about the output, a source that is being deleted about its readers.
  for (const { blueprintRef } of changed.spec.inputs ?? []) {
    if (blueprintRef !== undefined) yield { namespace: blueprintRef.namespace ?? from ?? "", name: blueprintRef.name };
  }
  for (const { metadata } of cache.byIndex(byReadFrom, readFrom(from, source)))
    yield { namespace: metadata.namespace ?? "", name: metadata.name };
}
