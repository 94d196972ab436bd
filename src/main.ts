// The operator's flags and wiring: `dharma operator`.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { durationMs } from "./api/index.ts";
import { KubeConfigError, isKubeError } from "./kube/index.ts";
import { ExecutableMissing } from "./operator/executable.ts";
import { startOperator } from "./operator/operator.ts";
import type { CloudChoice, OperatorOptions } from "./operator/options.ts";
import { SettingsError } from "./operator/settings.ts";
import { type SignalChoice, SignalsError } from "./operator/signals.ts";
import { createLogger, type Logger } from "./runtime/index.ts";

/** What the command line says. */
export interface Flags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowSimulated?: true;
  readonly cloud: "real" | "simulated";
  readonly cloudControl?: string;
  readonly cloudData?: string;
  readonly plugins: string;
  readonly namespace: string;
  readonly metricsAddress: string;
  readonly healthAddress: string;
  readonly webhookAddress?: string;
  readonly webhookService?: string;
  readonly pulumi: string;
  readonly opa?: string;
  readonly policyConfig: string;
  readonly judgeWorkloads?: true;
  readonly scrape?: readonly string[];
  readonly prometheus?: string;
  readonly prometheusTokenFile?: string;
  readonly signalQueries?: string;
  readonly healthInterval: number;
  readonly models?: string;
  readonly scoreWorkloads?: true;
  readonly shareThresholds?: true;
  readonly workers: number;
  readonly keyFile?: string;
  readonly settings?: string;
  readonly allowPackage?: readonly string[];
  readonly specAdmission: "Warn" | "Deny";
  readonly requireSecondPerson?: true;
  readonly planLife: number;
  readonly operationDeadline: number;
  readonly providerTimeout: number;
  readonly logFormat: "json" | "pretty";
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** Runs the operator until SIGTERM or SIGINT; resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let flags: Flags;
  try {
    flags = parseFlags(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  const log = createLogger({ level: flags.logLevel, format: flags.logFormat });
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => stop.abort(new Error(`received ${name}`)));
  }
  try {
    await run(flags, log, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (isPlain(error)) log.error(error.message);
    else log.error("the operator ended", { error });
    return 1;
  }
}

/** Says all there is to say in its message. */
function isPlain(error: unknown): error is Error {
  if (error instanceof KubeConfigError || error instanceof SettingsError) return true;
  if (error instanceof SignalsError) return true;
  return error instanceof ExecutableMissing || isKubeError(error);
}

/** Reads the flags of `dharma operator`; throws CommanderError for what it does not know. */
export function parseFlags(argv: readonly string[]): Flags {
  return command()
    .parse([...argv], { from: "user" })
    .opts<Flags>();
}

async function run(flags: Flags, log: Logger, signal: AbortSignal): Promise<void> {
  if (flags.cloud === "simulated" && flags.allowSimulated !== true) await refuseOtherClusters(flags);
  const operator = await startOperator(optionsOf(flags, log), signal);
  if (operator.cloudControl !== undefined) log.info("the simulated cloud listens", { control: operator.cloudControl });
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([operator.ended, stopped.then(() => operator.stop())]);
}

/** The simulated cloud pretends to build: only the embedded cluster takes that for granted. */
async function refuseOtherClusters(flags: Flags): Promise<void> {
  const [{ loadKubeConfig }, { LOCAL_CONTEXT }] = await Promise.all([
    import("./kube/index.ts"),
    import("./local/index.ts"), // no operator in a cluster needs it
  ]);
  const signal = AbortSignal.timeout(10_000);
  const details = { ...(flags.context === undefined ? {} : { context: flags.context }), signal };
  const { context } = await loadKubeConfig(kubeconfigOf(flags), details);
  if (context === LOCAL_CONTEXT) return;
  throw new KubeConfigError(
    `--cloud simulated builds nothing real, and the context ${context ?? "in use"} is not the embedded cluster (${LOCAL_CONTEXT}): say --allow-simulated if that is what you want, or --cloud real`,
  );
}

function optionsOf(flags: Flags, log: Logger): OperatorOptions {
  return {
    kubeconfig: kubeconfigOf(flags),
    cloud: cloudOf(flags),
    namespace: flags.namespace,
    log,
    pulumi: flags.pulumi,
    metricsAddress: flags.metricsAddress,
    healthAddress: flags.healthAddress,
    workers: flags.workers,
    specAdmission: flags.specAdmission,
    approver: flags.requireSecondPerson === true ? "notTheAuthor" : "anyone",
    policyConfig: flags.policyConfig,
    ...(flags.judgeWorkloads === true ? { workloads: "judged" as const } : {}),
    signals: signalsOf(flags),
    healthIntervalMs: flags.healthInterval,
    ...(flags.models === undefined ? {} : { modelsFolder: flags.models }),
    ...(flags.scoreWorkloads === true ? { healthOfWorkloads: "selected" as const } : {}),
    ...(flags.shareThresholds === true ? { sharedThresholds: "counts" as const } : {}),
    planLifeMs: flags.planLife,
    operationDeadlineMs: flags.operationDeadline,
    providerTimeoutMs: flags.providerTimeout,
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.opa === undefined ? {} : { opa: flags.opa }),
    ...webhooksOf(flags),
    ...(flags.keyFile === undefined ? {} : { keyFile: flags.keyFile }),
    ...(flags.settings === undefined ? {} : { settingsFile: flags.settings }),
    ...(flags.allowPackage === undefined ? {} : { allowedPackages: flags.allowPackage }),
  };
}

function kubeconfigOf({ kubeconfig }: Flags): OperatorOptions["kubeconfig"] {
  return kubeconfig === undefined ? { inCluster: true } : { path: kubeconfig };
}

function webhooksOf({ webhookAddress: address, webhookService: service }: Flags): Pick<OperatorOptions, "webhooks"> {
  if (address === undefined) return {};
  return { webhooks: service === undefined ? { kind: "url", address } : { kind: "service", address, service } };
}

function signalsOf({ scrape, prometheus, prometheusTokenFile, signalQueries }: Flags): SignalChoice {
  return {
    ...(scrape === undefined ? {} : { scrape }),
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(prometheusTokenFile === undefined ? {} : { prometheusTokenFile }),
    ...(signalQueries === undefined ? {} : { queriesFile: signalQueries }),
  };
}

function cloudOf(flags: Flags): CloudChoice {
  if (flags.cloud === "real") return { kind: "real", plugins: flags.plugins };
  const port = Number(flags.cloudControl?.split(":").at(-1));
  return {
    kind: "simulated",
    ...(flags.cloudControl === undefined ? {} : { controlPort: port }),
    ...(flags.cloudData === undefined ? {} : { dataFile: flags.cloudData }),
  };
}

function command(): Command {
  return new Command("dharma operator")
    .description("Runs the operator against a cluster until SIGTERM.")
    .exitOverride()
    .option("--kubeconfig <file>", "kubeconfig file; default: the service account of the Pod")
    .option("--context <name>", "context of the kubeconfig; default: its current one")
    .addOption(new Option("--cloud <cloud>", "which cloud is built on").choices(["real", "simulated"]).default("real"))
    .option("--allow-simulated", "let --cloud simulated run against a cluster that is not the embedded one")
    .option("--cloud-control <address>", "control address of the simulated cloud, on 127.0.0.1; default: a free port")
    .option("--cloud-data <file>", "file that keeps the simulated cloud across restarts")
    .option(
      "--plugins <folder>",
      "folder of the provider plugins: the `plugins` of a PULUMI_HOME",
      "/opt/dharma/pulumi",
    )
    .option("--namespace <name>", "the operator's own namespace", "dharma-system")
    .option("--metrics-address <address>", "where /metrics is served", ":8080")
    .option("--health-address <address>", "where /healthz and /readyz are served", ":8081")
    .option(
      "--webhook-address <address>",
      "where the API server reaches the webhooks; without it approvals stay unattested",
    )
    .option(
      "--webhook-service <name>",
      "Service and configurations (the chart's) by which the API server gets there; default: by address",
    )
    .option("--pulumi <path>", "the pulumi CLI", "pulumi")
    .option("--opa <path>", "the opa CLI, for policies that are not compiled yet")
    .option("--policy-config <name>", "ConfigMap of the namespace with the policy settings", "dharma-policy")
    .option("--judge-workloads", "judge Kubernetes workloads of namespaces labelled iacdharma.com/workload-policy")
    .option("--scrape <url...>", "metrics endpoints that health is scored from, where there is no Prometheus")
    .option("--prometheus <url>", "Prometheus server that health is scored from")
    .option("--prometheus-token-file <file>", "bearer token for it, read at each use")
    .option("--signal-queries <file>", "queries asked of it (YAML); default: CPU, memory and restarts of Pods")
    .option("--models <folder>", "folder of NAME/VARIANT with models that compete with the built-in ones")
    .option("--health-interval <duration>", "time between two cycles of the health loop", milliseconds, 15_000)
    .option("--score-workloads", "score Deployments, StatefulSets and DaemonSets labelled iacdharma.com/health=score")
    .option("--share-thresholds", "thresholds of a namespace begin from the counts of answers in the others")
    .option("--workers <count>", "operations at once", positive, 2)
    .option("--key-file <file>", "keys that seal the state, one `ID BASE64` a line; default: a Secret")
    .option("--settings <file>", "default credentials of namespaces and named state backends (YAML)")
    .option("--allow-package <names...>", "Pulumi packages a Blueprint may use")
    .addOption(
      new Option("--spec-admission <mode>", "what admission does with a spec that can't be built")
        .choices(["Warn", "Deny"])
        .default("Warn"),
    )
    .option("--require-second-person", "who wrote a spec may not approve its plans")
    .option("--plan-life <duration>", "how long a plan may wait for approval", milliseconds, 7 * 86_400_000)
    .option("--operation-deadline <duration>", "the longest an operation may take", milliseconds, 3_600_000)
    .option("--provider-timeout <duration>", "the longest call of a provider whose worker died", milliseconds, 600_000)
    .addOption(new Option("--log-format <format>").choices(["json", "pretty"]).default("json"))
    .addOption(new Option("--log-level <level>").choices(["debug", "info", "warn", "error"]).default("info"));
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("give a whole number from 1 up.");
  return count;
}

function milliseconds(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("give a duration such as 30m or 168h.");
  return ms;
}
