// Who holds a stack: a name that says which process works on which run, so that its death can be proven.
import { hostname } from "node:os";
import { readFile } from "node:fs/promises";
import { pods } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";

/** A holder's name taken apart. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot (field 22 of /proc/PID/stat), or 0 where that is not known. */
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
  /** How processes of the same host are looked at. */
  readonly startTimeOf?: (pid: number) => Promise<string | undefined>;
}

/** Holders of this process. */
export async function createHolders({
  kube,
  namespace,
  startTimeOf = processStartTime,
}: HolderOptions): Promise<Holders> {
  const host = hostname();
  const own = (await startTimeOf(process.pid)) ?? "0";
  return {
    nameFor: (run, stage) => `${host}|${process.pid}|${own}|${run}|${stage}`,
    async proofOfDeath(name, signal) {
      const holder = parseHolder(name);
      if (holder === undefined) return undefined;
      if (holder.host === host) {
        const startTime = await startTimeOf(holder.pid);
        if (startTime === holder.startTime) return undefined;
        return `process ${holder.pid} of ${host}, started at ${holder.startTime}, is gone`;
      }
      try {
        const pod = await kube.get(pods, { namespace, name: holder.host }, { signal });
        const { phase } = pod.status ?? {};
        return phase === "Failed" || phase === "Succeeded" ? `Pod ${holder.host} ended (${phase})` : undefined;
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

async function processStartTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name is in parentheses and may hold anything; fields are counted after the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return isRunning(pid) ? "0" : undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
