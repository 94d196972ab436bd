// The operator from its options to a running process: every part made once, joined here, stopped in the reverse order.
import { createHmac, randomBytes } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { createAuditLog, kubeAuditStore } from "../audit/index.ts";
import { createHolders } from "../controllers/blueprintrun/holder.ts";
import { createIdentityMemo } from "../controllers/blueprintrun/identity-memo.ts";
import { createWorkBoard } from "../controllers/blueprintrun/board.ts";
import { modelSources, registerModels } from "../controllers/models/control.ts";
import { countedHost } from "../controllers/policy/decision-metrics.ts";
import { defaultSettingsName } from "../controllers/policy/names.ts";
import { backedState, exportableState } from "../controllers/backed-state.ts";
import { createIdentityTokens } from "../controllers/credentials/tokens.ts";
import { exceptionsOf } from "../controllers/attestation/exceptions.ts";
import { createTableCost } from "../finance/index.ts";
import { createModels, liveSlots } from "../inference/index.ts";
import { createKube, systemClock } from "../kube/index.ts";
import {
  addExceptions,
  compiledBundle,
  createPolicyHost,
  createPolicyRegistry,
  decidingDigest,
  settingsDigest,
} from "../policy/index.ts";
import { createWorkerPool, TRANSLATOR_VERSION } from "../provision/index.ts";
import { ensureKeySecret, loadKeyRing, secretStackStore, startStateService } from "../provision/state/index.ts";
import { createChannel, createManager, createMetrics, shardOf } from "../runtime/index.ts";
import { defaultCredentialsOf, pluginsOf, startCloud } from "./cloud.ts";
import { answers, ensureNamespace, ownUserName } from "./cluster.ts";
import { cachesOf, registerControllers } from "./controllers.ts";
import { createEngine, rememberingChecks } from "./engine.ts";
import { findExecutable } from "./executable.ts";
import { operatorKeys } from "./keys.ts";
import type { OperatorOptions } from "./options.ts";
import { secretOutputFrom } from "./secret-outputs.ts";
import { settingsFile } from "./settings.ts";
import { signalSources } from "./signals.ts";
import { webhooksOf } from "./webhooks.ts";

/** A running operator. */
export interface RunningOperator {
  /** Base URL of the simulated cloud's control address, where there is one. */
  readonly cloudControl: string | undefined;
  readonly ports: ReadonlyMap<string, number>;
  /** Resolves when caches are synced and controllers run. */
  readonly ready: Promise<void>;
  /** Resolves when everything has ended; rejects when the operator could not start or go on. */
  readonly ended: Promise<void>;
  /** Ends everything in order: no worker process outlives it. */
  stop(): Promise<void>;
}

const policies = join(import.meta.dirname, "..", "..", "policies");

/** Starts an operator in this process. Rejects when a part cannot start; what had started is stopped. */
export async function startOperator(options: OperatorOptions, signal: AbortSignal): Promise<RunningOperator> {
  const stop = new AbortController();
  const undo: (() => Promise<void>)[] = [];
  const unwind = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const clock = systemClock;
    const random = Math.random;
    const { log, namespace } = options;
    const registry = new Registry();
    const metrics = createMetrics(registry);
    const connection = {
      kubeconfig: options.kubeconfig,
      ...(options.context === undefined ? {} : { context: options.context }),
    };
    const client = (agent: string) =>
      createKube(
        { ...connection, clock, random, userAgent: agent, observe: (seen) => metrics.observeRequest(seen) },
        signal,
      );
    const kube = await client("dharma");
    undo.push(() => kube.close());
    const stateKube = await client("dharma-state");
    undo.push(() => stateKube.close());
    await ensureNamespace(kube, namespace, signal);
    const ring =
      options.keyFile === undefined
        ? await ensureKeySecret({ kube, namespace, name: "dharma-keys" }, signal)
        : await loadKeyRing(options.keyFile, signal);
    const keys = operatorKeys(ring);
    const settings = await settingsFile(options.settingsFile, { clock, log });
    const identity = `${hostname()}-${randomBytes(4).toString("hex")}`;

    const cloud = await startCloud(options, stop.signal);
    if (cloud !== undefined) undo.push(() => cloud.closed);
    const kept = await startStateService({
      store: secretStackStore({ kube: stateKube, namespace }),
      keys: ring,
      clock,
      onEngineEvent: () => undefined,
      onFailure: (call, error) => log.error("state service failed", { call, error }),
    });
    undo.push(() => kept.close(AbortSignal.timeout(10_000)));
    const state = backedState(kept);
    const cli = await findExecutable(options.pulumi, process.env, signal);
    const pool = createWorkerPool({ size: options.workers ?? 2, clock, cli });
    undo.push(() => pool.close(AbortSignal.timeout(45_000)));
    const shards = (options.holding?.kind === "leases" ? options.holding.shards : undefined) ?? 16;
    const audit = createAuditLog({
      store: kubeAuditStore(kube, namespace),
      holder: identity,
      // The shard whose Lease this replica holds for the Blueprint: other replicas write other chains.
      shardOf: (entry) => `s${shardOf(entry.object.uid, shards)}`,
      clock,
      keys: keys.audit,
    });
    undo.push(() => audit.close());
    const rules = createPolicyRegistry();
    rules.setSettings(options.policySettings ?? {}, []);
    rules.setBuiltIn(
      await compiledBundle(policies, { ...(options.opa === undefined ? {} : { opa: options.opa }), signal }),
    );
    const host = createPolicyHost({ bundles: rules, key: keys.policy, clock, settings: rules.settings });
    const policy = countedHost(host, registry);
    undo.push(() => policy.close());

    const holding = options.holding ?? { kind: "leases", namespace };
    const manager = createManager({
      kube,
      connection,
      clock,
      random,
      log,
      identity,
      registry,
      metrics,
      holding,
      metricsAddress: options.metricsAddress,
      healthAddress: options.healthAddress,
      serveWebhooks: webhooksOf(options, { kube, clock, random, log, metrics }),
    });
    const engine = createEngine({
      pool,
      plugins: pluginsOf(options, cloud),
      deadlineMs: options.operationDeadlineMs ?? 3_600_000,
      inputKey: keys.inputs,
      ...(options.allowedPackages === undefined ? {} : { allowedPackages: options.allowedPackages }),
    });
    const caches = cachesOf(manager);
    const channel = createChannel();
    const inputs = {
      blueprint: (key: { namespace: string; name: string }) => caches.blueprints.get(key),
      secretOutput: secretOutputFrom(state),
      defaultCredentials: defaultCredentialsOf(options, settings),
      tokenFolder: join(tmpdir(), "dharma-identity"),
      attestationKeys: keys.references,
      inputKey: keys.inputs,
      translatorVersion: TRANSLATOR_VERSION,
    };
    const modelOptions = {
      namespace,
      directory: options.modelsFolder,
      fetch: (url: string, init: RequestInit) => fetch(url, init),
    };
    const models = createModels({
      clock,
      random,
      log,
      metrics: registry,
      sources: modelSources(manager, modelOptions),
    });
    registerControllers(manager, caches, {
      blueprint: {
        state,
        audit,
        inputs,
        checkSpec: rememberingChecks((blueprint) => engine.checkSpec(blueprint)),
        backends: (home) =>
          settings
            .current()
            .backendsFor(home)
            .map((each) => each.name),
        policy: (blueprint) => ({
          bundle: decidingDigest(rules),
          settings: settingsDigest(
            addExceptions(
              rules.settings(blueprint.metadata.namespace ?? ""),
              exceptionsOf(keys.references, blueprint).exceptions,
            ),
          ),
        }),
        operatorNamespace: namespace,
      },
      run: {
        state,
        audit,
        cost: await createTableCost({ signal }),
        policy,
        engine,
        board: createWorkBoard({ clock, log, channel, reachable: (asking) => answers(kube, namespace, asking) }),
        holders: await createHolders({ kube, namespace }),
        identities: createIdentityMemo(clock),
        tokens: createIdentityTokens(kube, clock),
        backends: {
          forNamespace: (home) => settings.current().backendsFor(home),
          namespace,
          passphraseFor: (uid) => createHmac("sha256", keys.inputs).update(`backend ${uid}`).digest("hex"),
        },
        inputs,
        attestationKeys: keys.references,
        approvalKeys: keys.approvals,
        operatorNamespace: namespace,
        planLifeMs: options.planLifeMs ?? 7 * 86_400_000,
        approver: options.approver ?? "anyone",
        providerTimeoutMs: options.providerTimeoutMs ?? 600_000,
      },
      compliance: { policy, rules, state, operatorNamespace: namespace, attestationKeys: keys.references },
      workloads: options.workloads,
      health: {
        sources: await signalSources(options.signals ?? {}, {
          clock,
          registry,
          cloudControl: cloud?.control,
          metricsApi: options.healthOfWorkloads === "selected" ? kube : undefined,
          signal,
        }),
        slots: liveSlots(models),
        settled: (aborted) => models.settled(aborted),
        workloads: options.healthOfWorkloads ?? "none",
        share: options.sharedThresholds ?? "nothing",
        ...(options.healthIntervalMs === undefined ? {} : { intervalMs: options.healthIntervalMs }),
      },
      policy: {
        registry: rules,
        namespace,
        name: options.policyConfig ?? defaultSettingsName,
        defaults: options.policySettings ?? {},
        trust: options.webhooks === undefined ? { kind: "everybody" } : { kind: "attested", keys: keys.references },
        opa: options.opa,
        fetch: (url, init) => fetch(url, init),
      },
      spec: { checkSpec: (blueprint) => engine.checkSpec(blueprint), admission: options.specAdmission ?? "Warn" },
      exports: exportableState(state),
      operatorUser: await ownUserName(kube, signal),
      channel,
    });
    registerModels(manager, models, { namespace });
    manager.task({ name: "settings", scope: "everyReplica", run: (aborted) => settings.run(aborted) });
    const run = async (): Promise<void> => {
      try {
        await manager.run(stop.signal);
      } finally {
        stop.abort(new Error("the operator ended"));
        await unwind();
      }
    };
    const ended = run();
    const ready = untilReady(manager, stop.signal);
    ready.catch(() => undefined);
    ended.catch(() => undefined);
    return {
      cloudControl: cloud?.control,
      ports: manager.ports,
      ready,
      ended,
      async stop() {
        stop.abort(new Error("the operator is stopped"));
        await ended.catch(() => undefined);
      },
    };
  } catch (error) {
    stop.abort(error);
    await unwind();
    throw error;
  }
}

async function untilReady(manager: { readonly ready: boolean }, signal: AbortSignal): Promise<void> {
  while (!manager.ready) await systemClock.sleep(50, signal);
}
