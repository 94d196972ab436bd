// The protocol where the CLI rarely goes: lease renewal, lost answers, bounds, events out of order, nonsense.
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../kube/index.ts";
import type { Clock } from "../../../kube/index.ts";
import { memoryStackStore, startStateService } from "../index.ts";
import type { DeliveredEvent, StackLease, StateService } from "../index.ts";
import { parseKeyRing } from "../keys.ts";

const signal = new AbortController().signal;
const stack = { organization: "shop", project: "web", stack: "prod" };
const owner = { uid: "uid-1", namespace: "shop", name: "web-shop" };

describe("the protocol", () => {
  let service: StateService;
  let lease: StackLease;
  let now: number;
  let events: DeliveredEvent[];
  const clock: Clock = { ...systemClock, now: () => now };
  beforeEach(async () => {
    now = Date.parse("2026-11-22T12:00:00Z");
    events = [];
    service = await startStateService({
      store: memoryStackStore(clock),
      keys: parseKeyRing(`k1 ${Buffer.alloc(32, 1).toString("base64")}`),
      clock,
      onEngineEvent: (event) => void events.push(event),
      onFailure: (_call, error) => {
        throw error;
      },
      limits: { maxStackBytes: 3_000, maxTotalBytes: 1_000_000 },
    });
    lease = await service.acquire({ stack, holder: "worker-a", takeover: { kind: "free" }, owner }, signal);
  });
  afterEach(() => service.close(AbortSignal.timeout(1_000)));

  const token = (): string => `token ${service.issueToken({ lease, rights: "write", expireTime: now + 3_600_000 })}`;
  const call = async (method: string, path: string, body?: unknown, authorization = token()) => {
    const response = await fetch(`${service.url}/api/${path}`, {
      method,
      headers: { authorization, "content-encoding": "gzip", "user-agent": "pulumi-cli/1 (v3.250.0; linux)" },
      ...(body === undefined ? {} : { body: gzipSync(typeof body === "string" ? body : JSON.stringify(body)) }),
    });
    const text = await response.text();
    const answer: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
    return { status: response.status, answer };
  };
  const begin = async (kind = "update") => {
    const created = await call("POST", `stacks/shop/web/prod/${kind}`, { metadata: { message: "hello" } });
    const path = `stacks/shop/web/prod/update/${String(created.answer["updateID"])}`;
    const begun = await call("POST", path, { journalVersion: 1 });
    return { path, begun, update: `update-token ${String(begun.answer["token"])}` };
  };
  const entry = (sequence: number, size = 10) => {
    const state = {
      urn: `urn:pulumi:prod::web::t:i:T::x${sequence}`,
      type: "t:i:T",
      custom: true,
      id: noise(size, sequence),
    };
    const base = { version: 1, operationID: sequence };
    return [
      { ...base, kind: 0, sequenceID: 2 * sequence, operation: { resource: state, type: "creating" } },
      { ...base, kind: 1, sequenceID: 2 * sequence + 1, state },
    ] as const;
  };

  test("renewing moves the lease on, also when it comes late and nobody else has taken the stack", async () => {
    const { path, update } = await begin();
    now += 400_000;
    const renewed = await call("POST", `${path}/renew_lease`, { duration: 300 }, update);
    expect(renewed).toMatchObject({ status: 200, answer: { tokenExpiration: Math.floor((now + 300_000) / 1_000) } });
    expect((await service.find(stack, signal))?.leaseExpireTime).toBe(now + 300_000);
    const next = `update-token ${String(renewed.answer["token"])}`;
    expect((await call("POST", `${path}/complete`, { status: "succeeded" }, next)).status).toBe(204);
    expect((await call("POST", `${path}/complete`, { status: "succeeded" }, next)).status).toBe(204);
    const late = await call("POST", `${path}/renew_lease`, { duration: 300 }, next);
    expect(late.status).toBe(403);
  });

  test("a second update is refused with 409, naming the holder and the end of its lease", async () => {
    await begin();
    const { begun } = await begin();
    expect(begun.status).toBe(409);
    expect(begun.answer["message"]).toMatch(/in flight.*worker-a.*2026-11-22T12:05:00/);
  });

  test("past its bound a stack takes no new changes, but every result of changes already begun", async () => {
    const { path, update } = await begin();
    const [begin1, end1] = entry(1, 6_000);
    const [begin2] = entry(2);
    const journal = (entries: readonly unknown[]) => call("PATCH", `${path}/journalentries`, { entries }, update);
    expect((await journal([{ ...begin1, operation: entry(1, 10)[0].operation }])).status).toBe(204);
    expect((await journal([end1])).status).toBe(204);
    const refused = await journal([begin2]);
    expect(refused.status).toBe(413);
    expect(refused.answer["message"]).toMatch(/split the Blueprint.*Postgres/);
    expect((await journal([{ ...entry(1)[1], kind: 4, sequenceID: 99, removeNew: 1 }])).status).toBe(204);
    await expect(service.assertRoom(stack, 10, signal)).rejects.toMatchObject({ reason: "StateTooLarge" });
  });

  test("events come out once and in order, however they arrive", async () => {
    const { path, update } = await begin();
    const batch = (...sequences: number[]) =>
      call(
        "POST",
        `${path}/events/batch`,
        { events: sequences.map((sequence) => ({ sequence, timestamp: 1 })) },
        update,
      );
    await batch(2, 3);
    await batch(0, 1);
    await batch(2, 3);
    await batch(6);
    expect(events.map(({ event }) => event.sequence)).toEqual([0, 1, 2, 3]);
    await call("POST", `${path}/complete`, { status: "failed" }, update);
    expect(events.map(({ event }) => event.sequence)).toEqual([0, 1, 2, 3, 6]);
    expect(await service.history(stack, signal)).toMatchObject([{ result: "failed", message: "hello" }]);
  });

  test("a preview, of whatever kind of command, can't write state", async () => {
    const { path, update, begun } = await begin("preview");
    expect(begun.status).toBe(200);
    expect((await call("PATCH", `${path}/journalentries`, { entries: entry(1) }, update)).status).toBe(400);
    expect((await call("PATCH", `${path}/checkpoint`, { version: 3, deployment: {} }, update)).status).toBe(400);
    const created = await call("POST", "stacks/shop/web/prod/refresh", { options: { dryRun: true } });
    const dry = await call("POST", `stacks/shop/web/prod/update/${String(created.answer["updateID"])}`, {});
    expect(dry.answer["journalVersion"]).toBeUndefined();
    expect((await service.find(stack, signal))?.activeUpdate).toBeUndefined();
  });

  test("secrets encrypted for one stack are opened for that stack only", async () => {
    const plaintext = Buffer.from("hush").toString("base64");
    const { answer } = await call("POST", "stacks/shop/web/prod/encrypt", { plaintext });
    const opened = await call("POST", "stacks/shop/web/prod/batch-decrypt", { ciphertexts: [answer["ciphertext"]] });
    expect(opened.answer).toEqual({ plaintexts: { [String(answer["ciphertext"])]: plaintext } });
    const other = { ...stack, stack: "other" };
    await service.ensureStack(other, undefined, signal);
    const jane = service.issueAdminToken({ user: "jane", organization: "shop", rights: "read", expireTime: now + 1 });
    const body = { ciphertext: answer["ciphertext"] };
    const foreign = await call("POST", "stacks/shop/web/other/decrypt", body, `token ${jane}`);
    expect(foreign.status).toBe(422);
    expect(foreign.answer["message"]).toMatch(/another stack/);
  });

  test("a service on another port, with the same keys and store, goes on with tokens and update", async () => {
    const store = memoryStackStore(clock);
    const keys = parseKeyRing(`k1 ${Buffer.alloc(32, 1).toString("base64")}`);
    const options = { store, keys, clock, onEngineEvent: () => undefined, onFailure: () => undefined };
    const [one, two] = await Promise.all([startStateService(options), startStateService(options)]);
    const held = await one.acquire({ stack, holder: "worker-a", takeover: { kind: "free" }, owner }, signal);
    const issued = one.issueToken({ lease: held, rights: "write", expireTime: now + 1_000 });
    const headers = { authorization: `token ${issued}` };
    expect((await fetch(`${two.url}/api/stacks/shop/web/prod`, { headers })).status).toBe(200);
    await two.renew(held, signal);
    await Promise.all([one.close(AbortSignal.timeout(1_000)), two.close(AbortSignal.timeout(1_000))]);
  });

  test.each<[string, string, unknown, number, RegExp]>([
    ["GET", "stacks/shop/web/prod/nonsense", undefined, 404, /doesn't know/],
    ["PUT", "stacks/shop/web", undefined, 404, /doesn't know/],
    ["GET", "stacks/shop/web/prod/updates/latest", undefined, 404, /no update latest/],
    ["POST", "stacks/shop/web/prod/update/unknown", {}, 404, /run the command again/],
    ["POST", "stacks/shop/web/prod/import", "{", 400, /not JSON/],
    ["POST", "stacks/shop/web/prod/import", [], 400, /not a deployment/],
    ["GET", "stacks/shop/web/%E0%A4%A", undefined, 400, /URL encoding/],
    ["POST", "stacks/shop/web", { stackName: "prod" }, 409, /exists already/],
    ["POST", "stacks/shop/web", {}, 400, /stackName/],
  ])("%s %s with %j answers %d with a reason", async (method, path, body, status, why) => {
    const result = await call(method, path, body);
    expect(result.status).toBe(status);
    expect(result.answer["message"]).toMatch(why);
  });
});

/** Text that doesn't compress. */
function noise(size: number, seed: number): string {
  let state = seed + 1;
  return Array.from({ length: size }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return String.fromCodePoint(33 + (Math.floor(state / 65_536) % 90));
  }).join("");
}
