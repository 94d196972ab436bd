// Who holds a stack: a name that says which process works on which run, so that its death can be proven.
import { hostname } from "node:os";
import { readFile } from "node:fs/promises";
import { pods } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import { processStart } from "../../provision/index.ts";

/** A holder's name taken apart. */
export interface Holder {
  /** Host name, in a Pod its name; with the machine's id where there is one, because machines outside a cluster share names. */
  readonly host: string;
  readonly pid: number;
  /** Boot and clock ticks since then at which the process started, or "?" where that is not known. */
  readonly startTime: string;
  /** UID of the BlueprintRun. */
  readonly run: string;
  readonly stage: string;
}

/** Names this process as a holder and tells whether others are gone. */
export interface Holders {
  nameFor(run: string, stage: string): string;
  /** Why the holder is surely dead; undefined when it is not known to be. */
  proofOfDeath(name: string, signal: AbortSignal): Promise<string | undefined>;
}

export interface HolderOptions {
  readonly kube: Pick<Kube, "get">;
  /** Where the operator's Pods live; the host name of a Pod is its name. */
  readonly namespace: string;
  /** Name of this machine or Pod; see Holder.host. */
  readonly host?: string;
  /** When a process of this host started; undefined when it has ended, also when nobody has taken note of its end yet. */
  readonly startTimeOf?: (pid: number) => string | undefined;
}

const unknown = "?";

/** Holders of this process. */
export async function createHolders({
  kube,
  namespace,
  host: named,
  startTimeOf = startOf,
}: HolderOptions): Promise<Holders> {
  const host = named ?? (await thisHost());
  const own = startTimeOf(process.pid) ?? unknown;
  return {
    nameFor: (run, stage) => `${host}|${process.pid}|${own}|${run}|${stage}`,
    async proofOfDeath(name, signal) {
      const holder = parseHolder(name);
      if (holder === undefined) return undefined;
      if (holder.host === host) {
        const now = startTimeOf(holder.pid);
        const known = now !== unknown && holder.startTime !== unknown;
        if (now !== undefined && (!known || now === holder.startTime)) return undefined;
        return `process ${holder.pid} of ${host}, started at ${holder.startTime}, is gone`;
      }
      try {
        const [podName = ""] = holder.host.split(machineMark);
        const pod = await kube.get(pods, { namespace, name: podName }, { signal });
        const { phase } = pod.status ?? {};
        return phase === "Failed" || phase === "Succeeded" ? `Pod ${podName} ended (${phase})` : undefined;
      } catch (error) {
        // A host that is no Pod's name proves nothing: it may be a machine outside the cluster.
        if (isKubeError(error, "notFound", "forbidden")) return undefined;
        throw error;
      }
    },
  };
}

/** The parts of a holder's name; undefined for one that somebody else made. */
export function parseHolder(name: string): Holder | undefined {
  const [host, pid, startTime, run, stage, ...rest] = name.split("|");
  if (host === undefined || startTime === undefined || run === undefined || stage === undefined || rest.length > 0)
    return undefined;
  return { host, pid: Number(pid), startTime, run, stage };
}

/** Not in names of hosts or Pods. */
const machineMark = "~";

async function thisHost(): Promise<string> {
  // machine-id(5); containers have none, or one of their image, and are told apart by their Pods' names.
  const machine = (await readFile("/etc/machine-id", "utf8").catch(() => "")).trim();
  return machine === "" ? hostname() : `${hostname()}${machineMark}${machine}`;
}

/** Off Linux nothing tells when a process started: one that has this pid is taken for the holder. */
function startOf(pid: number): string | undefined {
  return processStart(pid) ?? (processStart(process.pid) === undefined && isRunning(pid) ? unknown : undefined);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
