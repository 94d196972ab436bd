// What Linux tells about a process (proc(5)).
import { readFile } from "node:fs/promises";
import { systemClock } from "../src/kube/index.ts";

const ticksPerSecond = 100;

/** VmRSS in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) * 1024;
}

export interface CpuTimes {
  /** Of the process and its threads, in seconds. */
  readonly own: number;
  /** Of children that have ended and were waited for, in seconds. */
  readonly children: number;
}

/** User and system time: fields 14 to 17 of /proc/PID/stat. */
export async function cpuTimes(pid: number): Promise<CpuTimes> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold anything; what follows is numbers.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const seconds = (field: number): number => Number(fields[field - 3]) / ticksPerSecond;
  return { own: seconds(14) + seconds(15), children: seconds(16) + seconds(17) };
}

/** Pids of the children that run now. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

/** Waits until the process rests: two seconds in a row with less than 5 % of a core. Rejects after `patienceMs`. */
export async function untilCalm(pid: number, patienceMs: number, signal: AbortSignal): Promise<void> {
  const deadline = systemClock.monotonic() + patienceMs;
  let calm = 0;
  let before = (await cpuTimes(pid)).own;
  while (calm < 2) {
    if (systemClock.monotonic() > deadline)
      throw new Error(`process ${pid} was still busy after ${Math.round(patienceMs / 1000)} s`);
    await systemClock.sleep(1_000, signal);
    const now = (await cpuTimes(pid)).own;
    calm = now - before < 0.05 ? calm + 1 : 0;
    before = now;
  }
}
