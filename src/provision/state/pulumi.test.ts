// The pulumi CLI itself, unmodified, against the state service.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ThingSpec } from "./fixtures/program.ts";
import { personToken, startRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";

const signal = new AbortController().signal;
const things: readonly ThingSpec[] = [
  { name: "net", value: "one" },
  { name: "disk", value: "one", secret: "hunter2" },
  { name: "vm", value: "one", from: "net" },
];
const changed = things.map((thing) => (thing.name === "disk" ? { ...thing, value: "two" } : thing));
const replaced = changed.map((thing) => (thing.name === "net" ? { ...thing, kind: "big" } : thing));

describe("the pulumi CLI against the state service", { timeout: 180_000 }, () => {
  let rig: Rig;
  let token: string;
  beforeAll(async () => {
    rig = await startRig();
    token = personToken(rig.service);
  });
  afterAll(() => rig.close());
  const urns = async (): Promise<readonly string[]> =>
    ((await rig.service.exportStack(rig.stack, signal)).deployment?.resources ?? []).map((resource) => resource.urn);

  test("preview before anything writes no state at all", async () => {
    await rig.service.ensureStack(rig.stack, undefined, signal);
    const before = await rig.store.getHead(rig.stack, signal);
    await rig.run("preview", things, token);
    expect(await rig.store.getHead(rig.stack, signal)).toEqual(before);
    expect(rig.cloud.things.size).toBe(0);
    const kinds = new Set(rig.events.map((event) => event.kind));
    expect(kinds).toEqual(new Set(["preview"]));
    expect(rig.events.some(({ event }) => event["resourcePreEvent"] !== undefined)).toBe(true);
  });

  test("up creates everything once, and the state says so", async () => {
    await rig.run("up", things, token);
    expect([...rig.cloud.made.values()]).toEqual([1, 1, 1]);
    const found = await rig.service.find(rig.stack, signal);
    expect(found).toMatchObject({ version: 1, resourceCount: 5, pendingOperations: 0, activeUpdate: undefined });
    expect(found?.holder).toBeUndefined();
    expect(rig.failures).toEqual([]);
  });

  test("outputs come back in clear with their secrets named, and nothing at rest shows them", async () => {
    const { values, secret } = await rig.service.outputs(rig.stack, signal);
    expect(values).toEqual({ last: "at vm-plain", password: "swordfish", plain: "visible" });
    expect(secret).toEqual(["password"]);
    const head = await rig.store.getHead(rig.stack, signal);
    const chunks = await rig.store.listChunks(undefined, signal);
    const bytes = await Promise.all(chunks.map((chunk) => rig.store.getChunk(chunk, signal)));
    const atRest = JSON.stringify(head) + bytes.map((part) => Buffer.from(part).toString("latin1")).join("");
    for (const word of ["swordfish", "hunter2", "test:index:Thing"]) expect(atRest).not.toContain(word);
    const exported = JSON.stringify(await rig.service.exportStack(rig.stack, signal));
    expect(exported).not.toMatch(/swordfish|hunter2/);
  });

  test("an unchanged up changes neither cloud nor semantic digest nor checkpoint", async () => {
    const digest = await rig.service.stateDigest(rig.stack, signal);
    const before = (await rig.store.getHead(rig.stack, signal))?.head.checkpoint;
    await rig.run("up", things, token);
    expect(await rig.service.stateDigest(rig.stack, signal)).toBe(digest);
    const after = (await rig.store.getHead(rig.stack, signal))?.head.checkpoint;
    expect(after).toEqual({ ...before, version: 2 });
    expect([...rig.cloud.made.values()]).toEqual([1, 1, 1]);
  });

  test("an update and a replacement arrive in the state, and the digest moves", async () => {
    const digest = await rig.service.stateDigest(rig.stack, signal);
    await rig.run("up", changed, token);
    expect(rig.cloud.things.get("disk-plain")).toMatchObject({ value: "two" });
    expect(await rig.service.stateDigest(rig.stack, signal)).not.toBe(digest);
    await rig.run("up", replaced, token);
    expect([...rig.cloud.things.keys()].toSorted()).toEqual(["disk-plain", "net-big", "vm-plain"]);
    expect(new Set(await urns()).size).toBe(5);
    const plain = (await rig.service.exportStack(rig.stack, signal)).deployment?.resources ?? [];
    expect(plain.filter((resource) => resource.delete === true)).toEqual([]);
  });

  test("refresh takes over what changed behind the engine's back", async () => {
    rig.cloud.things.set("disk-plain", { value: "hacked", kind: "plain", secret: "hunter2" });
    rig.cloud.things.delete("vm-plain");
    await rig.run("refresh", replaced, token);
    const resources = (await rig.service.exportStack(rig.stack, signal)).deployment?.resources ?? [];
    expect(resources.find((resource) => resource.urn.endsWith("::disk"))?.outputs).toMatchObject({ value: "hacked" });
    expect(resources.some((resource) => resource.urn.endsWith("::vm"))).toBe(false);
    await rig.run("up", replaced, token);
    expect(rig.cloud.things.get("disk-plain")).toMatchObject({ value: "two" });
    expect(rig.cloud.made.get("vm-plain")).toBe(2);
  });

  test("history lists every update, newest first, with what it did", async () => {
    const history = await rig.service.history(rig.stack, signal);
    expect(history.map((update) => [update.version, update.kind, update.result])).toEqual([
      [6, "update", "succeeded"],
      [5, "refresh", "succeeded"],
      [4, "update", "succeeded"],
      [3, "update", "succeeded"],
      [2, "update", "succeeded"],
      [1, "update", "succeeded"],
    ]);
    expect(history.at(-1)?.resourceChanges).toMatchObject({ create: 4 });
    const listed: unknown = JSON.parse(await rig.cli(["stack", "history", "--stack", rig.path, "--json"], token));
    expect(listed).toHaveLength(6);
  });

  test("a failed change fails the update, is explained in history, and the rest is recorded", async () => {
    rig.cloud.onCall = ({ name, phase }) => {
      if (name === "disk" && phase === "before") throw new Error("quota exceeded");
    };
    const third = replaced.map((thing) => (thing.name === "disk" ? { ...thing, value: "three" } : thing));
    const failed = await rig.start("up", third, token).done;
    rig.cloud.onCall = () => undefined;
    expect(failed.output).toMatch(/quota exceeded/);
    const [last] = await rig.service.history(rig.stack, signal);
    expect(last).toMatchObject({ result: "failed" });
    expect(last?.errors.join()).toContain("quota exceeded");
    await rig.run("up", replaced, token);
  });

  test("stack export, import, ls, tag, rename and rm of the CLI work as with Pulumi's own service", async () => {
    const file = join(rig.folder, "export.json");
    await rig.cli(["stack", "export", "--stack", rig.path, "--file", file], token);
    const digest = await rig.service.stateDigest(rig.stack, signal);
    const text = await readFile(file, "utf8");
    expect(text).not.toMatch(/swordfish|hunter2/);
    await rig.cli(["stack", "import", "--stack", rig.path, "--file", file], token);
    expect(await rig.service.stateDigest(rig.stack, signal)).toBe(digest);
    expect((await rig.service.history(rig.stack, signal))[0]).toMatchObject({ kind: "import", result: "succeeded" });

    const earlier = await rig.cli(["stack", "export", "--stack", rig.path, "--version", "6"], token);
    expect(earlier).toContain("disk");
    await expect(rig.cli(["stack", "export", "--stack", rig.path, "--version", "99"], token)).rejects.toThrow(
      /not kept/,
    );

    await rig.cli(["stack", "tag", "set", "team", "shop", "--stack", rig.path], token);
    expect((await rig.service.find(rig.stack, signal))?.tags).toMatchObject({ team: "shop" });
    expect(await rig.cli(["stack", "ls", "--all", "--json"], token)).toContain('"prod"');
    expect(await rig.cli(["whoami"], token)).toContain("jane");

    await rig.cli(["stack", "init", "shop/web/copy"], token);
    await rig.cli(["stack", "import", "--stack", "shop/web/copy", "--file", file, "--force"], token);
    const copied = await rig.service.outputs({ ...rig.stack, stack: "copy" }, signal);
    expect(copied.values).toMatchObject({ password: "swordfish" });
    await rig.cli(["stack", "rename", "shop/web/moved", "--stack", "shop/web/copy"], token);
    expect(await rig.service.find({ ...rig.stack, stack: "copy" }, signal)).toBeUndefined();
    const moved = await rig.service.outputs({ ...rig.stack, stack: "moved" }, signal);
    expect(moved.values).toMatchObject({ password: "swordfish" });
    await rig.cli(["stack", "rm", "--stack", "shop/web/moved", "--yes", "--force"], token);
    expect(await rig.service.find({ ...rig.stack, stack: "moved" }, signal)).toBeUndefined();
    await expect(rig.cli(["stack", "rm", "--stack", rig.path, "--yes"], token)).rejects.toThrow(/still has resources/);
  });

  test("secret configuration is encrypted by the service and read back", async () => {
    await rig.cli(["config", "set", "--secret", "web:password", "hunter3", "--stack", rig.path], token);
    const shown = await rig.cli(["config", "get", "web:password", "--stack", rig.path], token);
    expect(shown.trim()).toBe("hunter3");
    const listed = await rig.cli(["config", "--stack", rig.path], token);
    expect(listed).not.toContain("hunter3");
  });

  test("what can't be trusted is not imported", async () => {
    const state = await rig.service.exportStack(rig.stack, signal);
    const resources = state.deployment?.resources ?? [];
    const broken = { ...state, deployment: { ...state.deployment, resources: resources.toReversed() } };
    await expect(rig.service.importStack(rig.stack, broken, signal)).rejects.toThrow(/refers to unknown provider/);
    const foreign = { ...state, deployment: { ...state.deployment, secrets_providers: { type: "passphrase" } } };
    await expect(rig.service.importStack(rig.stack, foreign, signal)).rejects.toThrow(/--show-secrets/);
    await expect(rig.service.remove(rig.stack, "empty", signal)).rejects.toMatchObject({ kind: "hasResources" });
  });

  test("without journaling the CLI sends whole checkpoints, and they count just as well", async () => {
    await rig.run("up", replaced, token, { PULUMI_DISABLE_JOURNALING: "true" });
    expect(rig.cloud.things.get("net-big")).toBeDefined();
    const digest = await rig.service.stateDigest(rig.stack, signal);
    await rig.run("up", replaced, token);
    expect(await rig.service.stateDigest(rig.stack, signal)).toBe(digest);
  });

  test("destroy leaves an empty state that can be removed", async () => {
    await rig.run("destroy", replaced, token);
    expect(rig.cloud.things.size).toBe(0);
    expect(await rig.service.find(rig.stack, signal)).toMatchObject({ resourceCount: 0 });
    await rig.cli(["stack", "rm", "--stack", rig.path, "--yes"], token);
    expect(await rig.service.find(rig.stack, signal)).toBeUndefined();
    expect(await rig.store.listChunks(undefined, signal)).toEqual([]);
    expect(rig.failures).toEqual([]);
  });
});
