// What the operator knows of a state it does not keep: recorded at each look, never taken for empty while a write's end was not seen.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OperationRequest, OperationResult } from "../provision/index.ts";
import {
  memoryStackStore,
  parseKeyRing,
  type StackLease,
  startStateService,
  type StateService,
  type VersionedDeployment,
} from "../provision/state/index.ts";
import { ManualClock } from "../runtime/index.ts";
import { backedState, exportableState } from "./backed-state.ts";
import { clashOf, mirrorOf, openBackend } from "./blueprintrun/backend.ts";
import { aBlueprint } from "./fixtures.ts";

const signal = new AbortController().signal;
const stack = { organization: "dharma", project: "shop", stack: "uid-1" };
const secret = (plaintext: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(plaintext),
});
const deployment: VersionedDeployment = {
  version: 3,
  deployment: {
    resources: [
      { urn: "urn:s", type: "pulumi:pulumi:Stack", outputs: { url: "https://q", login: secret("hunter2") } },
      {
        urn: "urn:q",
        type: "aws:sqs/queue:Queue",
        custom: true,
        id: "q",
        inputs: { delay: 5, key: secret("hunter2") },
      },
    ],
  },
};

let kept: StateService;
let state: StateService;
let lease: StackLease;
let asked: OperationRequest[];
beforeEach(async () => {
  const clock = new ManualClock(0);
  kept = await startStateService({
    store: memoryStackStore(clock),
    keys: parseKeyRing(`k ${Buffer.alloc(32, 7).toString("base64")}`),
    clock,
    onEngineEvent: () => undefined,
    onFailure: () => undefined,
  });
  state = backedState(kept);
  lease = await state.acquire(
    { stack, holder: "h", takeover: { kind: "free" }, owner: { uid: "uid-1", namespace: "shop", name: "shop" } },
    signal,
  );
  asked = [];
});

function mirror(name: string, answer: OperationResult = { kind: "state", digest: "sha256:1", deployment }) {
  const run = async (request: OperationRequest): Promise<OperationResult> => {
    asked.push(request);
    return answer;
  };
  return mirrorOf(name, state, lease, run, signal);
}

afterEach(() => kept.close(signal));

describe("a state in a named backend", () => {
  test("is known by its last look: counts, digest, outputs, and resources without their secrets", async () => {
    expect(await mirror("large").look()).toBeUndefined();
    expect(await state.find(stack, signal)).toMatchObject({ resourceCount: 1, pendingOperations: 0 });
    expect(await state.stateDigest(stack, signal)).toBe("sha256:1");
    const { values, secret: hidden } = await state.outputs(stack, signal);
    expect({ values, hidden }).toEqual({ values: { url: "https://q", login: "hunter2" }, hidden: ["login"] });
    const told = await state.exportStack(stack, signal);
    expect(told.deployment?.resources?.[1]).toMatchObject({ type: "aws:sqs/queue:Queue", inputs: { delay: 5 } });
    expect(JSON.stringify(told)).not.toContain("hunter2");
    await expect(state.remove(stack, "empty", signal)).rejects.toMatchObject({ kind: "hasResources" });
    await expect(exportableState(state).exportStack(stack, signal)).rejects.toThrow(/backend large: use pulumi/);
  });

  test("is not empty while the end of a write was not seen, and its dead worker's locks go with the next look", async () => {
    const empty = mirror("large", { kind: "state", digest: "", deployment: { version: 3 } });
    await empty.look();
    expect(asked.at(-1)).toEqual({ kind: "readState", locks: "kept" });
    await empty.unsettle();
    expect(await state.find(stack, signal)).toMatchObject({ resourceCount: 0, pendingOperations: 1 });
    await expect(state.remove(stack, "empty", signal)).rejects.toMatchObject({ kind: "hasResources" });
    await empty.look();
    expect(asked.at(-1)).toEqual({ kind: "readState", locks: "broken" });
    expect(await state.find(stack, signal)).toMatchObject({ resourceCount: 0, pendingOperations: 0 });
  });

  test("stays unsettled when the look fails", async () => {
    await mirror("large").look();
    const away = mirror("large", {
      kind: "failed",
      failure: { reason: "CloudUnavailable", action: "retry", message: "no route", partial: false },
    });
    await away.unsettle();
    expect(await away.look()).toMatchObject({ reason: "CloudUnavailable" });
    expect(await state.find(stack, signal)).toMatchObject({ resourceCount: 1, pendingOperations: 1 });
  });

  test("that holds resources is not left for another", async () => {
    await mirror("large").look();
    expect(await mirror("other").look()).toMatchObject({ reason: "BackendUnknown" });
  });

  test("a stack that the state service keeps is what the service says", async () => {
    await kept.importStack(stack, { version: 3, deployment: {} }, signal);
    expect(await state.find(stack, signal)).toEqual(await kept.find(stack, signal));
    expect(await state.stateDigest(stack, signal)).toBe(await kept.stateDigest(stack, signal));
  });
});

describe("opening a backend", () => {
  const blueprint = aBlueprint({ state: { backendRef: "large" } });
  const backends = {
    namespace: "dharma-system",
    passphraseFor: (uid: string) => `made for ${uid}`,
    forNamespace: () => [{ name: "large", url: "s3://states", secret: "large-state" }],
  };
  const kube = (data: Record<string, string>) => ({
    get: async () => ({
      data: Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
      ),
    }),
  });

  test("takes the passphrase of its Secret, or one made from the operator's key", async () => {
    const open = (data: Record<string, string>) => openBackend(blueprint, backends, kube(data) as never, signal);
    expect(await open({ PULUMI_CONFIG_PASSPHRASE: "given", AWS_REGION: "r" })).toMatchObject({
      kind: "ok",
      backend: { url: "s3://states", passphrase: "given", environment: { AWS_REGION: "r" } },
    });
    expect(await open({})).toMatchObject({ backend: { passphrase: expect.stringMatching(/^made for /) } });
    expect(await openBackend(aBlueprint({}), backends, kube({}) as never, signal)).toBeUndefined();
  });

  test("that was taken away from the namespace is told", async () => {
    const none = { ...backends, forNamespace: () => [] };
    expect(await openBackend(blueprint, none, kube({}) as never, signal)).toMatchObject({
      kind: "failed",
      failure: { reason: "BackendUnknown" },
    });
  });

  test("finds variables that backend and cloud set differently", () => {
    const backend = { kind: "url", url: "s3://x", passphrase: "", environment: { AWS_ACCESS_KEY_ID: "a" } } as const;
    expect(clashOf(backend, { AWS_ACCESS_KEY_ID: "b" })).toBe("AWS_ACCESS_KEY_ID");
    expect(clashOf(backend, { AWS_ACCESS_KEY_ID: "a", AWS_REGION: "r" })).toBeUndefined();
  });
});
