// The processes of one worker: all of its session, because the engine gives each provider plugin a process group of its own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Clock } from "../../kube/clock.ts";

/** A process as /proc shows it. */
interface ProcessStat {
  readonly pid: number;
  readonly session: number;
  /** Clock ticks after boot; with the pid it names a process for good. */
  readonly startTicks: string;
}

/** Start time of a process with the boot it belongs to; undefined when there is no such process. */
export function processStart(pid: number): string | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : `${bootId()}:${stat.startTicks}`;
}

/** Pids of the session that `leader` founded, the leader included. Off Linux: the leader alone. */
export function sessionOf(leader: number): readonly number[] {
  let entries: readonly string[];
  try {
    entries = readdirSync("/proc");
  } catch {
    return [leader];
  }
  return entries
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .filter(({ session }) => session === leader)
    .map(({ pid }) => pid);
}

/** Kills every process of a session but the caller's own; `self` last, when it belongs to it. */
export function killSession(leader: number): void {
  const own = process.pid;
  const members = sessionOf(leader);
  for (const pid of members) if (pid !== own) killOne(pid);
  // Plugins have groups of their own; the leader's group is killed as well where /proc can't be read.
  if (members.includes(own)) killOne(own);
  else killOne(-leader);
}

const END_MS = 10_000;
const LOOK_MS = 20;

/** Kills a session until nobody of it is left: one pass can miss a process that is just being started. Gives up after 10 s. */
export async function endSession(leader: number, clock: Clock): Promise<void> {
  const whole = new AbortController().signal;
  const deadline = clock.monotonic() + END_MS;
  killSession(leader);
  while (existsSync("/proc/self") && sessionOf(leader).length > 0 && clock.monotonic() < deadline) {
    await clock.sleep(LOOK_MS, whole);
    killSession(leader);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Already gone: that is what was wanted.
  }
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name in parentheses may hold spaces and parentheses; fields are counted after it (proc(5)).
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return { pid, session: Number(fields[3]), startTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}
