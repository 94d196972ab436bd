// Proof that a holder of a stack is dead: by its process on the same host; nothing else about a host that is no Pod.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { expect, test } from "vitest";
import { KubeError } from "../../kube/index.ts";
import { processStart } from "../../provision/index.ts";
import { createHolders } from "./holder.ts";

const { signal } = new AbortController();
const kube = { get: () => Promise.reject(new KubeError("notFound", "no such Pod", { status: 404 })) };
const options = { kube, namespace: "dharma" };

/** What `pid` of "here" would call itself. */
function nameOf(pid: number, startTime: string): string {
  return `here|${pid}|${startTime}|run-1|plan`;
}

function holdersSeeing(startTime: string | undefined) {
  return createHolders({ ...options, host: "here", startTimeOf: () => startTime });
}

test("this process is never proven dead", async () => {
  const holders = await createHolders(options);
  expect(await holders.proofOfDeath(holders.nameFor("run-1", "plan"), signal)).toBeUndefined();
});

test("a process that ended is proven dead although nobody has waited for it", async () => {
  // The shell's child ends at once and stays a zombie: its parent became `sleep`, which waits for nobody.
  const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [output] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(output.toString().trim());
    const holders = await createHolders({ ...options, host: "here" });
    const name = nameOf(pid, processStart(pid) ?? "");
    expect(await holders.proofOfDeath(name, signal)).toBeUndefined();
    await expect.poll(() => holders.proofOfDeath(name, signal), { timeout: 10_000 }).toContain("is gone");
    // Its entry is still there: what is asked is not whether the pid is in use.
    expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
  } finally {
    parent.kill("SIGKILL");
  }
});

test.each([
  ["nobody has its pid", undefined, "boot-1:10", "dead"],
  ["another process has its pid now", "boot-1:99", "boot-1:10", "dead"],
  ["the machine was started anew and a process of the same age has its pid", "boot-2:10", "boot-1:10", "dead"],
  ["it is still there", "boot-1:10", "boot-1:10", "not proven"],
  ["nothing tells when the process with its pid started", "?", "boot-1:10", "not proven"],
  ["nothing told when it started", "boot-1:10", "?", "not proven"],
] as const)("a holder of this host, when %s", async (_when, seen, recorded, verdict) => {
  const holders = await holdersSeeing(seen);
  const proof = await holders.proofOfDeath(nameOf(4711, recorded), signal);
  expect(proof === undefined ? "not proven" : "dead").toBe(verdict);
});

test("a holder on another host that is no Pod is not proven dead by what runs here", async () => {
  const holders = await createHolders({ ...options, host: "there", startTimeOf: () => undefined });
  expect(await holders.proofOfDeath(nameOf(4711, "boot-1:10"), signal)).toBeUndefined();
});

test("a name that somebody else made proves nothing", async () => {
  const holders = await holdersSeeing(undefined);
  expect(await holders.proofOfDeath("jane@laptop", signal)).toBeUndefined();
});
