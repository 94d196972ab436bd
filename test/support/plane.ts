// Real control planes for tests.
import { inject } from "vitest";
import {
  type ControlPlane,
  installTools,
  type PlaneComponent,
  startControlPlane,
  type ToolName,
  type ToolPaths,
  testTools,
} from "../../src/local/index.ts";

/** What a test needs to talk to a control plane. */
export interface PlaneAccess {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly caFile: string;
  readonly adminToken: string;
}

/**
 * The plane all test files of this run share (etcd, API server, controller manager). Make a namespace of your own with a
 * random name; change nothing that others would notice.
 */
export async function usePlane(): Promise<PlaneAccess> {
  const response = await fetch(inject("planeBroker"));
  const text = await response.text();
  if (!response.ok) throw new Error(`no control plane: ${text}`);
  return JSON.parse(text) as PlaneAccess;
}

/** A plane of the test's own, to stop, kill, wipe and start again. The caller stops it. */
export async function ownPlane(
  options: {
    readonly components?: readonly PlaneComponent[];
    readonly apiServerFlags?: readonly string[];
    readonly signal?: AbortSignal;
  } = {},
): Promise<ControlPlane> {
  const names: readonly ToolName[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
  return startControlPlane({
    components: options.components ?? [],
    tools: await toolPaths(names),
    signal: options.signal ?? new AbortController().signal,
    ...(options.apiServerFlags === undefined ? {} : { apiServerFlags: options.apiServerFlags }),
  });
}

/** Paths of tools, installed if missing. */
export function toolPaths(names: readonly ToolName[] = testTools): Promise<Partial<ToolPaths>> {
  return installTools({ names, env: process.env, signal: new AbortController().signal, onProgress: () => undefined });
}
