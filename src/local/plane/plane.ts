// The embedded control plane: real etcd, kube-apiserver, controller-manager, scheduler and KWOK nodes on loopback.
//
// States: starting -> ready -> stopped. Invariants: nothing listens beyond 127.0.0.1; when the owner goes, by whatever
// signal, every process goes with it (guard.ts); an ephemeral plane leaves no file behind. A component that dies while the
// plane is starting rejects with the tail of its log.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import type { ToolName, ToolPaths } from "../tools/index.ts";
import { startGuard } from "./guard.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { startKwok } from "./kwok.ts";
import { writeKeys } from "./pki.ts";
import { freePorts } from "./ports.ts";
import { logTail, type PlaneProcess, startProcess } from "./process.ts";

/** Beyond etcd and the API server, which are always there. */
export type PlaneComponent = "controllerManager" | "scheduler" | "kwok";

export interface PlaneOptions {
  readonly components: readonly PlaneComponent[];
  readonly tools: Partial<ToolPaths>;
  readonly signal: AbortSignal;
  /** Where data, keys and logs go. Absent: a temporary folder that vanishes with the plane. */
  readonly folder?: string;
  /** KWOK nodes. Default 3. */
  readonly nodes?: number;
  /** Flags added to the API server's. */
  readonly apiServerFlags?: readonly string[];
  readonly onStep?: (step: string) => void;
}

export interface ControlPlane {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly folder: string;
  readonly caFile: string;
  readonly adminToken: string;
  readonly etcdUrl: string;
  readonly processes: ReadonlyMap<string, PlaneProcess>;
  /** Ends the API server: SIGKILL as a crash would, SIGTERM as an upgrade would. */
  stopApiServer(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port; with "wiped", over an empty etcd. Resolves when it is ready. */
  startApiServer(data: "kept" | "wiped", signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a plane and waits until its API server answers /readyz. */
export async function startControlPlane(options: PlaneOptions): Promise<ControlPlane> {
  options.signal.throwIfAborted();
  const ephemeral = options.folder === undefined;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "dharma-plane-")));
  await mkdir(join(folder, "logs"), { recursive: true, mode: 0o700 });
  const guard = startGuard(ephemeral ? folder : undefined);
  const processes = new Map<string, PlaneProcess>();
  const tell = options.onStep ?? (() => undefined);
  const start = async (name: ToolName, args: readonly string[]): Promise<PlaneProcess> => {
    const started = await startProcess(
      name,
      tool(options.tools, name),
      args,
      join(folder, "logs", `${name}.log`),
      guard,
    );
    processes.set(name, started);
    return started;
  };
  const stop = async (): Promise<void> => {
    for (const name of ["kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]) {
      await processes.get(name)?.stop(name === "kube-apiserver" ? "SIGKILL" : "SIGTERM");
      processes.delete(name);
    }
    guard.close();
    if (ephemeral) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const keys = await writeKeys(folder, Date.now());
    const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    const url = `https://127.0.0.1:${apiPort}`;
    const caPem = await readFile(keys.caFile, "utf8");
    const writeKubeconfig = async (name: string, token: string): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, kubeconfig(url, caPem, token), { mode: 0o600 });
      return path;
    };
    const kubeconfigPath = await writeKubeconfig("kubeconfig", keys.tokens.admin);
    const startEtcd = () =>
      start("etcd", [
        `--data-dir=${join(folder, "etcd")}`,
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
        `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
        "--quota-backend-bytes=4294967296",
        "--log-level=warn",
        ...(ephemeral ? ["--unsafe-no-fsync"] : []),
      ]);
    const startApi = async (signal: AbortSignal): Promise<void> => {
      const api = await start("kube-apiserver", [
        `--etcd-servers=${etcdUrl}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        `--secure-port=${apiPort}`,
        `--tls-cert-file=${keys.certificateFile}`,
        `--tls-private-key-file=${keys.keyFile}`,
        `--token-auth-file=${keys.tokensFile}`,
        "--authorization-mode=Node,RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${keys.serviceAccountPublicFile}`,
        `--service-account-signing-key-file=${keys.serviceAccountKeyFile}`,
        "--service-cluster-ip-range=10.96.0.0/16",
        "--allow-privileged=true",
        "--profiling=false",
        "--v=0",
        ...(options.apiServerFlags ?? []),
      ]);
      await untilReady(`${url}/readyz`, caPem, keys.tokens.admin, api, signal);
    };
    tell("starting etcd and the API server");
    await startEtcd();
    await startApi(options.signal);
    if (options.components.includes("controllerManager")) {
      tell("starting the controller manager");
      await start("kube-controller-manager", [
        `--kubeconfig=${await writeKubeconfig("controller-manager.kubeconfig", keys.tokens.controllerManager)}`,
        `--service-account-private-key-file=${keys.serviceAccountKeyFile}`,
        `--root-ca-file=${keys.caFile}`,
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--concurrent-namespace-syncs=4",
      ]);
    }
    if (options.components.includes("scheduler")) {
      tell("starting the scheduler");
      await start("kube-scheduler", [
        `--kubeconfig=${await writeKubeconfig("scheduler.kubeconfig", keys.tokens.scheduler)}`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
      ]);
    }
    if (options.components.includes("kwok")) {
      tell("starting KWOK nodes");
      await startKwok({
        start,
        folder,
        url,
        kubeconfigPath,
        caPem,
        token: keys.tokens.admin,
        nodes: options.nodes ?? 3,
        signal: options.signal,
      });
    }
    return {
      url,
      kubeconfigPath,
      folder,
      caFile: keys.caFile,
      adminToken: keys.tokens.admin,
      etcdUrl,
      processes,
      stopApiServer: async (signal) => {
        await processes.get("kube-apiserver")?.stop(signal);
        processes.delete("kube-apiserver");
      },
      startApiServer: async (data, signal) => {
        if (data === "wiped") {
          await processes.get("etcd")?.stop("SIGKILL");
          await rm(join(folder, "etcd"), { recursive: true, force: true });
          await startEtcd();
        }
        await startApi(signal);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function tool(paths: Partial<ToolPaths>, name: ToolName): string {
  const path = paths[name];
  if (path === undefined) throw new Error(`${name} is needed for the local control plane. Run: npm run tools`);
  return path;
}

/** Polls /readyz; a process that ends meanwhile, or 120 s without an answer, rejects with the tail of its log. */
async function untilReady(
  url: string,
  ca: string,
  token: string,
  process: PlaneProcess,
  signal: AbortSignal,
): Promise<void> {
  const agent = new Agent({ connect: { ca } });
  let ended: string | undefined;
  void process.exited.then((how) => (ended = how));
  const deadline = performance.now() + 120_000;
  try {
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      if (ended !== undefined)
        throw new Error(`${process.name} ended at start (${ended}):\n${await logTail(process, 8)}`);
      try {
        const answer = await request(url, { dispatcher: agent, signal, headers: { authorization: `Bearer ${token}` } });
        await answer.body.dump();
        if (answer.statusCode === 200) return;
      } catch {
        signal.throwIfAborted(); // not listening yet: try again
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${process.name} was not ready after 120 s; the end of its log:\n${await logTail(process, 8)}`);
  } finally {
    await agent.close();
  }
}
