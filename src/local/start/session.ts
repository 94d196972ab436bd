// Everything `npm start` runs, started in order and ended in the reverse order.
//
// States: starting -> running -> ended. Whatever step fails, what was started before it is ended. The operator is the same
// program a cluster runs (`bin/dharma operator`), in a process of its own, with its log in a file.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadKubeConfig, createKube, isKubeError, type KubeClient, systemClock } from "../../kube/index.ts";
import { startGuard } from "../plane/guard.ts";
import { freePorts } from "../plane/ports.ts";
import { startControlPlane, type ControlPlane } from "../plane/plane.ts";
import { logTail, type PlaneProcess, startProcess } from "../plane/process.ts";
import { cacheFolder } from "../tools/index.ts";
import { installTools } from "../tools/install.ts";
import { startTools, type ToolName } from "../tools/manifest.ts";
import { tellProgress } from "../tools/progress.ts";
import { applyManifests, readManifests } from "./manifests.ts";
import type { StartOptions } from "./options.ts";
import type { Narrator } from "./narrator.ts";

export interface Session {
  readonly kube: KubeClient;
  readonly kubeconfigPath: string;
  readonly context: string | undefined;
  readonly cloudControl: string;
  readonly operatorLog: string;
  /** Resolves with the reason when the operator ends by itself. */
  readonly operatorEnded: Promise<string>;
  end(): Promise<void>;
}

const root = join(import.meta.dirname, "..", "..", "..");

/** Starts the control plane (unless a cluster is named), the kinds, and the operator with its simulated cloud. */
export async function startSession(options: StartOptions, tell: Narrator, signal: AbortSignal): Promise<Session> {
  const folder = options.folder ?? join(cacheFolder(process.env), "start", String(process.pid));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const undo: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const tools = await tell.step("tools", async () => {
      const progress = tellProgress(
        (line) => tell.line(line),
        () => systemClock.monotonic(),
      );
      const names: readonly ToolName[] = options.cluster === undefined ? startTools : ["pulumi", "opa"];
      try {
        return await installTools({ names, env: process.env, signal, onProgress: progress.tell });
      } finally {
        progress.stop();
      }
    });
    const plane =
      options.cluster === undefined ? await tell.step("control plane", () => startPlane(tools, signal)) : undefined;
    if (plane !== undefined) undo.push(() => plane.stop());
    const kubeconfigPath = plane?.kubeconfigPath ?? (await userKubeconfig(options.cluster ?? "", folder, signal));
    const kube = await createKube(
      {
        kubeconfig: { path: kubeconfigPath },
        ...(options.cluster === undefined ? {} : { context: options.cluster }),
        clock: systemClock,
        random: Math.random,
      },
      signal,
    );
    undo.push(() => kube.close());
    await tell.step("kinds", async () => applyManifests(kube, await readManifests(join(root, "crds")), signal));
    const guard = startGuard(undefined);
    undo.push(async () => guard.close());
    const [controlPort = 0, metricsPort = 0, healthPort = 0, webhookPort = 0] = await freePorts(4);
    const operatorLog = join(folder, "operator.log");
    const operator = await tell.step("operator", async () => {
      const started = await startProcess(
        "the operator",
        process.execPath,
        [
          join(root, "src", "cli", "main.ts"),
          "operator",
          "--kubeconfig",
          kubeconfigPath,
          ...(options.cluster === undefined ? [] : ["--context", options.cluster, "--allow-simulated"]),
          "--cloud",
          "simulated",
          "--cloud-control",
          `127.0.0.1:${controlPort}`,
          "--cloud-data",
          join(folder, "cloud.json"),
          "--namespace",
          "dharma-system",
          "--metrics-address",
          `127.0.0.1:${metricsPort}`,
          "--health-address",
          `127.0.0.1:${healthPort}`,
          "--webhook-address",
          `127.0.0.1:${webhookPort}`,
          "--pulumi",
          tools.pulumi ?? "pulumi",
          "--opa",
          tools.opa ?? "opa",
          "--judge-workloads",
          "--score-workloads",
          "--health-interval",
          "2s",
        ],
        operatorLog,
        guard,
      );
      undo.push(() => started.stop());
      await untilReady(`http://127.0.0.1:${healthPort}/readyz`, started, signal);
      return started;
    });
    await writeFile(join(folder, "session.json"), JSON.stringify({ pid: process.pid, kubeconfigPath }), {
      mode: 0o600,
    });
    return {
      kube,
      kubeconfigPath,
      context: options.cluster,
      cloudControl: `http://127.0.0.1:${controlPort}`,
      operatorLog,
      operatorEnded: operator.exited,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function startPlane(tools: Awaited<ReturnType<typeof installTools>>, signal: AbortSignal): Promise<ControlPlane> {
  return startControlPlane({ components: ["controllerManager", "scheduler", "kwok"], tools, signal });
}

/** The user's own kubeconfig, checked to answer before anything else is started. */
async function userKubeconfig(context: string, folder: string, signal: AbortSignal): Promise<string> {
  const first = (process.env["KUBECONFIG"] ?? "").split(":").find((path) => path !== "");
  const path = first ?? join(process.env["HOME"] ?? folder, ".kube", "config");
  await readFile(path).catch(() => {
    throw new Error(
      `There is no kubeconfig at ${path}. Set KUBECONFIG to the file that holds the context ${context}, or leave --cluster away to use the embedded control plane.`,
    );
  });
  await loadKubeConfig({ path }, { context, signal });
  const kube = await createKube({ kubeconfig: { path }, context, clock: systemClock, random: Math.random }, signal);
  try {
    await kube.getPath("/version", { signal });
  } catch (error) {
    const why = isKubeError(error) ? error.message : String(error);
    throw new Error(
      `The cluster of context ${context} doesn't answer: ${why}. Check it with: kubectl --context ${context} version`,
      { cause: error },
    );
  } finally {
    await kube.close();
  }
  return path;
}

async function untilReady(url: string, operator: PlaneProcess, signal: AbortSignal): Promise<void> {
  let ended: string | undefined;
  void operator.exited.then((how) => (ended = how));
  const deadline = systemClock.monotonic() + 120_000;
  for (;;) {
    if (ended !== undefined)
      throw new Error(`The operator ended at start (${ended}). The end of its log:\n${await logTail(operator, 12)}`);
    const ready = await fetch(url, { signal }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    if (systemClock.monotonic() > deadline)
      throw new Error(
        `The operator was not ready after 2 minutes. The end of its log:\n${await logTail(operator, 12)}`,
      );
    await systemClock.sleep(200, signal);
  }
}
