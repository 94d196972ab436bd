import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationEvent } from "./job.ts";
import { processStart, sessionOf } from "./session.ts";
import { cli, CREDENTIALS, graphOf, testBench, type TestBench } from "./testing.ts";

const timeout = 240_000;
const slow = { kind: "slow", match: { type: "aws:s3/bucket:Bucket", operation: "create" }, latencyMs: 600_000 };
const graph = graphOf({
  provider: "aws",
  region: "eu-central-1",
  components: [{ name: "assets", type: "ObjectStore" }],
});

/** Every process of a worker: its own, the engine's and its plugins'. */
async function gone(pid: number): Promise<void> {
  await expect.poll(() => sessionOf(pid), { timeout: 60_000, interval: 200 }).toEqual([]);
}

describe("a worker", () => {
  let bench: TestBench;
  beforeAll(async () => {
    bench = await testBench();
    expect((await bench.cloud.ask("POST", "/faults", slow)).status).toBe(201);
  }, timeout);
  afterAll(async () => {
    await bench.stop();
  }, timeout);

  const planned = async () => {
    const plan = await bench.run({ kind: "plan", graph, refresh: "none" });
    if (plan.kind !== "planned" || plan.saved === undefined) throw new Error(JSON.stringify(plan));
    return { kind: "apply", graph, plan: plan.saved, stateDigest: plan.stateDigest } as const;
  };

  it("whose operation is aborted in the middle of a create ends with everything it started", { timeout }, async () => {
    const request = await planned();
    const abort = new AbortController();
    let pid = 0;
    const onEvent = (event: OperationEvent) => {
      if (event.kind === "started") pid = event.pid;
      if (event.kind === "stepStarted") abort.abort(new Error("shutting down"));
    };
    const result = await bench.pool.runOperation(bench.job(request), { signal: abort.signal, onEvent });
    expect(result).toMatchObject({ kind: "failed", failure: { reason: "Cancelled", partial: true } });
    expect(pid).toBeGreaterThan(0);
    expect(sessionOf(pid)).toEqual([]);
    expect(bench.pool.running).toEqual([]);
  });

  it("whose deadline passes ends by itself", { timeout }, async () => {
    const state = { url: new URL(`file://${bench.folder}/deadline`), passphrase: "p" };
    const { mkdir } = await import("node:fs/promises");
    await mkdir(state.url);
    const backend = { kind: "url", url: state.url.href, passphrase: state.passphrase } as const;
    const plan = await bench.run({ kind: "plan", graph, refresh: "none" }, { backend });
    if (plan.kind !== "planned" || plan.saved === undefined) throw new Error(JSON.stringify(plan));
    let pid = 0;
    const result = await bench.run(
      { kind: "apply", graph, plan: plan.saved, stateDigest: plan.stateDigest },
      { backend, deadlineMs: 30_000, onEvent: (event) => event.kind === "started" && (pid = event.pid) },
    );
    if (result.kind !== "failed") throw new Error(JSON.stringify(result));
    expect(["DeadlineExceeded", "WorkerDied"]).toContain(result.failure.reason);
    expect(sessionOf(pid)).toEqual([]);
  });

  it("does not outlive a pool that is killed with SIGKILL", { timeout }, async () => {
    const entry = fileURLToPath(new URL("./testing-parent.ts", import.meta.url));
    const job = bench.job(
      { kind: "plan", graph, refresh: "none" },
      {
        id: "orphan",
        stack: { organization: "organization", project: "web-shop", name: "orphan" },
        credentials: CREDENTIALS,
      },
    );
    const parent: ChildProcess = spawn(process.execPath, [entry, cli(), bench.folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    parent.stdin?.write(`${JSON.stringify(job)}\n`);
    const pid = await new Promise<number>((resolve) => {
      parent.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(Number(text.trim())));
    });
    expect(processStart(pid)).toBeDefined();
    expect(sessionOf(pid)).toContain(pid);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await gone(pid);
    expect(processStart(pid)).toBeUndefined();
  });

  it("that is killed itself is reported dead, and its engine dies with it", { timeout }, async () => {
    let pid = 0;
    const result = await bench.run(
      { kind: "plan", graph, refresh: "none" },
      {
        onEvent: (event) => {
          if (event.kind === "started") pid = event.pid;
          else if (event.kind === "stepStarted") process.kill(pid, "SIGKILL");
        },
      },
    );
    expect(result).toMatchObject({ kind: "failed", failure: { reason: "WorkerDied", action: "retry", partial: true } });
    expect(sessionOf(pid)).toEqual([]);
  });

  it("is not started for an operation that was cancelled while it waited", async () => {
    const reason = new Error("lost the lease");
    const signal = AbortSignal.abort(reason);
    await expect(bench.pool.runOperation(bench.job({ kind: "driftCheck" }), { signal })).rejects.toBe(reason);
  });

  it("sees nothing of the operator's environment", { timeout }, async () => {
    process.env["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
    process.env["AWS_PROFILE"] = "the-operators-own";
    try {
      const { readFileSync } = await import("node:fs");
      let environment = "";
      await bench.run(
        { kind: "plan", graph, refresh: "none" },
        {
          onEvent: (event) => {
            if (event.kind === "started") environment = readFileSync(`/proc/${event.pid}/environ`, "utf8");
          },
        },
      );
      expect(environment).toContain("HOME=");
      expect(environment).not.toContain("KUBERNETES");
      expect(environment).not.toContain("AWS_");
    } finally {
      delete process.env["KUBERNETES_SERVICE_HOST"];
      delete process.env["AWS_PROFILE"];
    }
  });
});
