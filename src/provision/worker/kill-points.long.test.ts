import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../kube/clock.ts";
import {
  memoryStackStore,
  parseKeyRing,
  startStateService,
  type StackLease,
  type StateService,
} from "../state/index.ts";
import type { OperationEvent, OperationRequest, OperationResult } from "./job.ts";
import { graphOf, testBench, type TestBench } from "./testing.ts";

const timeout = 600_000;
const never = new AbortController().signal;
const graph = graphOf({
  provider: "aws",
  region: "eu-central-1",
  components: [{ name: "net", type: "Network", properties: { cidr: "10.0.0.0/16", zones: 1 } }],
  resources: [
    { name: "assets", type: "aws:s3/bucket:Bucket", properties: { bucket: "kill-points-assets" } },
    { name: "queue", type: "aws:sqs/queue:Queue", properties: { name: "${assets.bucket}-q" } },
  ],
});
/** Each resource tells that it starts and that it is done. */
const EVENTS = graph.nodes.length * 2;

describe("an apply whose worker is killed", () => {
  let bench: TestBench;
  let service: StateService;
  let stacks = 0;
  const failures: unknown[] = [];

  beforeAll(async () => {
    bench = await testBench();
    service = await startStateService({
      keys: parseKeyRing(`k1 ${Buffer.alloc(32, 7).toString("base64")}`),
      clock: systemClock,
      observationMs: 0,
      onEngineEvent: () => undefined,
      onFailure: (_call, error) => failures.push(error),
      store: memoryStackStore(systemClock),
    });
  }, timeout);
  afterAll(async () => {
    await bench.stop();
    await service.close(AbortSignal.timeout(60_000));
    expect(failures).toEqual([]);
  }, timeout);

  /** A stack of its own with operations that take it over from the one before. */
  const newStack = () => {
    stacks += 1;
    const stack = { organization: "shop", project: "web", stack: `kill-${stacks}` };
    const owner = { uid: "uid", namespace: "shop", name: "web" };
    let holder = 0;
    let lease: StackLease | undefined;
    return async (request: OperationRequest, onEvent: (event: OperationEvent) => void = () => undefined) => {
      const before = lease?.holder;
      holder += 1;
      lease = await service.acquire(
        {
          stack,
          holder: `worker-${holder}`,
          owner,
          takeover:
            before === undefined
              ? { kind: "free" }
              : { kind: "proofOfDeath", holder: before, evidence: "waited for its end" },
        },
        never,
      );
      const accessToken = service.issueToken({ lease, rights: "write", expireTime: Date.now() + 600_000 });
      return bench.run(request, {
        stack: { organization: "shop", project: "web", name: stack.stack },
        backend: { kind: "service", url: service.url, accessToken },
        onEvent,
      });
    };
  };

  const planAndApply = async (
    run: ReturnType<typeof newStack>,
    onEvent?: (event: OperationEvent) => void,
  ): Promise<OperationResult> => {
    const planned = await run({ kind: "plan", graph, refresh: "none" });
    if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
    return run({ kind: "apply", graph, plan: planned.saved, stateDigest: planned.stateDigest }, onEvent);
  };

  const recoverAndCheck = async (run: ReturnType<typeof newStack>) => {
    expect(await run({ kind: "refresh", pendingCreates: "adopt", graph })).toMatchObject({ kind: "refreshed" });
    expect(await planAndApply(run)).toMatchObject({ kind: "applied" });
    // Nothing twice, nothing missing, nothing that the state does not know.
    const made = (await bench.resources()).map(({ type }) => String(type)).toSorted();
    expect(made).toEqual(graph.nodes.map(({ type }) => type).toSorted());
    expect(await run({ kind: "plan", graph, refresh: "first" })).toMatchObject({
      counts: { creates: 0, updates: 0, replaces: 0, deletes: 0 },
    });
    expect(await run({ kind: "destroy" })).toMatchObject({ kind: "destroyed" });
    expect(await bench.resources()).toEqual([]);
  };

  it.each(Array.from({ length: EVENTS }, (_, index) => index + 1))(
    "at engine event %d makes nothing twice and orphans nothing",
    { timeout },
    async (point) => {
      const run = newStack();
      let pid = 0;
      let seen = 0;
      const result = await planAndApply(run, (event) => {
        if (event.kind === "started") pid = event.pid;
        else if (event.kind === "stepStarted" || event.kind === "stepDone") {
          seen += 1;
          if (seen === point) process.kill(pid, "SIGKILL");
        }
      });
      // At the last events the apply may have been over before the signal came.
      if (result.kind !== "applied") expect(result).toMatchObject({ failure: { reason: "WorkerDied", partial: true } });
      await recoverAndCheck(run);
    },
  );

  it.each(graph.nodes.map(({ name, type }) => [name, type]))(
    "while the cloud makes %s and its answer never comes, adopts what was made",
    { timeout },
    async (name, type) => {
      const run = newStack();
      const fault = { kind: "partial", match: { type, operation: "create" }, count: 1 };
      expect((await bench.cloud.ask("POST", "/faults", fault)).status).toBe(201);
      let pid = 0;
      const killed = planAndApply(run, (event) => {
        if (event.kind === "started") pid = event.pid;
      });
      await expect
        .poll(async () => (await bench.resources()).some((each) => each["type"] === type), { timeout: 240_000 })
        .toBe(true);
      process.kill(pid, "SIGKILL");
      expect(await killed, name).toMatchObject({ kind: "failed", failure: { reason: "WorkerDied" } });
      await bench.cloud.ask("DELETE", "/faults");
      await recoverAndCheck(run);
    },
  );
});
