// How people's commands reach a cluster: kubectl's own flags and environment.
import { systemClock, createKube, defaultKubeConfigPath, type KubeClient } from "../kube/index.ts";

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Connects, runs, and closes. The namespace is --namespace, or that of the context. */
export async function withCluster<T>(
  flags: ClusterFlags,
  signal: AbortSignal,
  work: (kube: KubeClient, namespace: string) => Promise<T>,
): Promise<T> {
  const kube = await createKube(
    {
      kubeconfig: { path: flags.kubeconfig ?? defaultKubeConfigPath(process.env) },
      ...(flags.context === undefined ? {} : { context: flags.context }),
      clock: systemClock,
      random: Math.random,
    },
    signal,
  );
  try {
    return await work(kube, flags.namespace ?? kube.namespace);
  } finally {
    await kube.close();
  }
}

/** A failure a person caused or can mend: its message is all that is printed, and the exit code is 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
