// Who holds a stack decides who writes: leases, takeover, cancel and fenced workers, with the real CLI.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import type { ThingSpec } from "./fixtures/program.ts";
import type { StackLease } from "./index.ts";

const signal = new AbortController().signal;
const owner = { uid: "uid-1", namespace: "shop", name: "web-shop" };
const things: readonly ThingSpec[] = [
  { name: "first", value: "one" },
  { name: "second", value: "one", from: "first" },
  { name: "third", value: "one", from: "second" },
];

describe("a stack held by a lease", { timeout: 180_000 }, () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig();
  });
  afterEach(() => rig.close());
  const take = (holder: string): Promise<StackLease> =>
    rig.service.acquire({ stack: rig.stack, holder, takeover: { kind: "free" }, owner }, signal);
  const tokenOf = (lease: StackLease, rights: "read" | "write" = "write"): string =>
    rig.service.issueToken({ lease, rights, expireTime: Date.now() + 600_000, operation: "web-shop-8xk2p" });
  /** Starts an up and resolves when the cloud is about to make `name`; it stays there until `release`. */
  const upUntil = async (name: string, token: string) => {
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    rig.cloud.onCall = async (call) => {
      if (call.name !== name || call.phase !== "after") return;
      reached.resolve();
      await held.promise;
    };
    const operation = rig.start("up", things, token);
    await Promise.race([reached.promise, operation.done.then(({ output }) => Promise.reject(new Error(output)))]);
    return { operation, release: () => held.resolve() };
  };

  test("a worker with the lease's token runs, and its events carry the operation's name", async () => {
    const lease = await take("worker-a");
    await rig.run("up", things, tokenOf(lease));
    expect(new Set(rig.events.map((event) => event.operation))).toEqual(new Set(["web-shop-8xk2p"]));
    const sequences = rig.events.map(({ event }) => event.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    await rig.service.release(lease, signal);
    expect(await rig.service.find(rig.stack, signal)).toMatchObject({ holder: undefined, resourceCount: 5, owner });
    expect(await rig.service.list({ blueprintUid: owner.uid }, signal)).toHaveLength(1);
    expect(await rig.service.list({ blueprintUid: "another" }, signal)).toEqual([]);
  });

  test("a read token previews and reads, and is refused a change", async () => {
    const lease = await take("worker-a");
    const token = tokenOf(lease, "read");
    await rig.run("preview", things, token);
    const { code, output } = await rig.start("up", things, token).done;
    expect(code).not.toBe(0);
    expect(output).toContain("may read, not change");
    expect(rig.cloud.things.size).toBe(0);
  });

  test("a second holder is told who holds the stack and until when; proof of the holder's death opens it", async () => {
    await take("worker-a");
    const held = await take("worker-b").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(held).toMatchObject({ kind: "held", holder: "worker-a" });
    expect(String(held)).toMatch(/held by worker-a until \d{4}-/);
    const wrong = { kind: "proofOfDeath", holder: "worker-x", evidence: "pid 1 is gone" } as const;
    const request = { stack: rig.stack, holder: "worker-b" };
    await expect(rig.service.acquire({ ...request, takeover: wrong }, signal)).rejects.toMatchObject({ kind: "held" });
    const right = { ...wrong, holder: "worker-a" };
    expect(await rig.service.acquire({ ...request, takeover: right }, signal)).toMatchObject({ epoch: 3 });
    const expired = { kind: "leaseExpired", providerTimeoutMs: 0 } as const;
    const third = { stack: rig.stack, holder: "worker-c", takeover: expired };
    await expect(rig.service.acquire(third, signal)).rejects.toMatchObject({ kind: "held", holder: "worker-b" });
  });

  test("a worker whose epoch has passed writes nothing more, and is told why", async () => {
    const old = await take("worker-a");
    const { operation, release } = await upUntil("second", tokenOf(old));
    const proof = { kind: "proofOfDeath", holder: "worker-a", evidence: "believed dead" } as const;
    const lease = await rig.service.acquire({ stack: rig.stack, holder: "worker-b", takeover: proof }, signal);
    const taken = await rig.service.exportStack(rig.stack, signal);
    expect(taken.deployment?.resources?.map((resource) => resource.urn.split("::")[3])).toContain("first");
    expect(taken.deployment?.pending_operations).toMatchObject([{ type: "creating" }]);
    release();
    const { code, output } = await operation.done;
    expect(code).not.toBe(0);
    expect(output).toMatch(/no longer holds the stack|is held by worker-b/);
    expect(await rig.service.exportStack(rig.stack, signal)).toEqual(taken);
    await expect(rig.service.renew(old, signal)).rejects.toMatchObject({ kind: "fenced" });
    await rig.service.release(old, signal);
    expect(await rig.service.find(rig.stack, signal)).toMatchObject({ holder: "worker-b", epoch: lease.epoch });
    expect(rig.cloud.made.get("third-plain")).toBeUndefined();

    rig.cloud.onCall = () => undefined;
    await rig.run("up", things, tokenOf(lease));
    expect([...rig.cloud.made.values()]).toEqual([1, 1, 1]);
  });

  test("`pulumi cancel` fences the worker and closes its update", async () => {
    const lease = await take("worker-a");
    const { operation, release } = await upUntil("second", tokenOf(lease));
    const expireTime = Date.now() + 600_000;
    const jane = rig.service.issueAdminToken({ user: "jane", organization: "shop", rights: "write", expireTime });
    const busy = await rig.start("up", things, jane).done;
    expect(busy.output).toMatch(/another update of shop\/web\/prod is in flight|currently has an in-progress/i);
    await rig.cli(["cancel", rig.path, "--yes"], jane);
    release();
    const { code } = await operation.done;
    expect(code).not.toBe(0);
    const [last] = await rig.service.history(rig.stack, signal);
    expect(last).toMatchObject({ kind: "update", result: "cancelled", holder: "worker-a" });
    await expect(take("worker-b")).rejects.toMatchObject({ kind: "held", holder: "worker-a" });

    rig.cloud.onCall = () => undefined;
    await rig.run("up", things, jane);
    expect([...rig.cloud.made.values()]).toEqual([1, 1, 1]);
  });

  test("tokens of another stack, of another operator and of yesterday are refused", async () => {
    const lease = await take("worker-a");
    const call = (token: string): Promise<Response> =>
      fetch(`${rig.service.url}/api/stacks/shop/web/prod`, { headers: { authorization: `token ${token}` } });
    expect((await call(tokenOf(lease))).status).toBe(200);
    const elsewhere = { ...lease, stack: { ...rig.stack, stack: "other" } };
    expect((await call(tokenOf(elsewhere))).status).toBe(403);
    const late = rig.service.issueToken({ lease, rights: "read", expireTime: Date.now() - 1 });
    expect(await (await call(late)).json()).toMatchObject({ code: 403, message: expect.stringMatching(/expired/) });
    const [head, key, body = "", mac] = tokenOf(lease, "read").split(".");
    const forged = Buffer.from(body, "base64url").toString().replace('"read"', '"write"');
    expect((await call([head, key, Buffer.from(forged).toString("base64url"), mac].join("."))).status).toBe(403);
    expect((await fetch(`${rig.service.url}/api/user`)).status).toBe(401);
  });

  test("credentials, cloud identity and artifacts belong to the stack, and another cloud is refused", async () => {
    const lease = await take("worker-a");
    const credentials = Buffer.from("AWS_SECRET_ACCESS_KEY=xyz");
    await rig.service.sealCredentials(lease, credentials, signal);
    expect(Buffer.from((await rig.service.openCredentials(rig.stack, signal)) ?? [])).toEqual(credentials);
    await rig.service.recordCloudIdentity(lease, "aws:111111111111", signal);
    await rig.run("up", things, tokenOf(lease));
    const moved = rig.service.recordCloudIdentity(lease, "aws:222222222222", signal);
    await expect(moved).rejects.toThrow(/CloudIdentityChanged.*aws:111111111111/);
    const plan = Buffer.alloc(1_500_000, "steps ");
    await rig.service.putArtifact(rig.stack, "plan-8xk2p", plan, signal);
    expect(Buffer.compare((await rig.service.getArtifact(rig.stack, "plan-8xk2p", signal)) ?? plan, plan)).toBe(0);
    await rig.service.deleteArtifacts(rig.stack, ["plan-8xk2p"], signal);
    expect(await rig.service.getArtifact(rig.stack, "plan-8xk2p", signal)).toBeUndefined();
    const other = { uid: "uid-2", namespace: "shop", name: "web-shop" };
    await expect(rig.service.ensureStack(rig.stack, other, signal)).rejects.toThrow(/belongs to the Blueprint/);
  });
});
