// A control plane of a measurement's own, with Dharma's kinds and a namespace, and nothing else on it.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namespaces } from "../src/api/index.ts";
import { createKube, type KubeClient, systemClock } from "../src/kube/index.ts";
import { type ControlPlane, installTools, startControlPlane, type ToolPaths, testTools } from "../src/local/index.ts";
import { applyManifests, readManifests } from "../src/local/start/manifests.ts";
import { startGuard } from "../src/local/plane/guard.ts";
import { type PlaneProcess, startProcess } from "../src/local/plane/process.ts";
import type { BenchContext } from "./context.ts";

export const root = join(import.meta.dirname, "..");
export const namespace = "bench";

export interface BenchPlane extends AsyncDisposable {
  readonly control: ControlPlane;
  readonly kube: KubeClient;
  readonly tools: Partial<ToolPaths>;
  /** For logs and data; gone with the plane. */
  readonly folder: string;
  /** Starts a program that ends with the plane, whatever becomes of this process. Its output goes into its log file. */
  start(name: string, program: string, args: readonly string[]): Promise<PlaneProcess>;
}

/** etcd and the API server only: a measurement shares the machine with as little as possible. */
export async function startBenchPlane({ signal, tell }: BenchContext): Promise<BenchPlane> {
  const paths = await installTools({
    names: testTools,
    env: process.env,
    signal,
    onProgress: (progress) => {
      if (progress.kind !== "found") tell(`${progress.tool.name} ${progress.kind}`);
    },
  });
  const control = await startControlPlane({ components: [], tools: paths, signal, onStep: tell });
  const folder = await mkdtemp(join(tmpdir(), "dharma-bench-"));
  await mkdir(folder, { recursive: true });
  const guard = startGuard(undefined);
  const started = new Set<PlaneProcess>();
  const kube = await createKube(
    { kubeconfig: { path: control.kubeconfigPath }, clock: systemClock, random: Math.random },
    signal,
  );
  await applyManifests(kube, await readManifests(join(root, "crds")), signal);
  const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await kube.apply(namespaces, home, { fieldManager: "bench", signal });
  let runs = 0;
  return {
    control,
    kube,
    tools: paths,
    folder,
    async start(name, program, args) {
      runs += 1;
      const process = await startProcess(name, program, args, join(folder, `${name}-${runs}.log`), guard);
      started.add(process);
      return process;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...started].map((process) => process.stop()));
      await kube.close();
      guard.close();
      await control.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
