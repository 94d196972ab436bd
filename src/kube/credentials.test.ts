import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { credentialSource } from "./credentials.ts";
import type { Connection, Identity } from "./kubeconfig.ts";
import { systemClock } from "./clock.ts";

const { signal } = new AbortController();
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterEach(() => rm(folder, { recursive: true }));

const connection = (identity: Partial<Identity>): Connection => ({
  server: "https://host",
  namespace: "default",
  ca: { kind: "file", path: join(folder, "ca") },
  tlsServerName: undefined,
  skipTlsVerify: false,
  proxyUrl: undefined,
  identity: { impersonate: {}, ...identity },
});

/** A clock whose times are set by hand. */
const handClock = () => {
  let at = Date.parse("2026-01-01T00:00:00Z");
  return { ...systemClock, now: () => at, monotonic: () => at, pass: (ms: number) => (at += ms) };
};

test("files are read again when they have grown old; TLS counts as changed only when its bytes did", async () => {
  const clock = handClock();
  const source = credentialSource(connection({ token: { kind: "file", path: join(folder, "token") } }), {
    clock,
    refreshMs: 10_000,
    lifetime: signal,
  });
  await writeFile(join(folder, "ca"), "ca-1");
  await writeFile(join(folder, "token"), "token-1\n");
  const first = await source.current(signal);
  expect(first.headers.authorization).toBe("Bearer token-1");

  await writeFile(join(folder, "token"), "token-2\n");
  expect(await source.current(signal)).toBe(first);
  clock.pass(10_001);
  const second = await source.current(signal);
  expect(second.headers.authorization).toBe("Bearer token-2");
  expect(second.tlsVersion).toBe(first.tlsVersion);

  await writeFile(join(folder, "ca"), "ca-2");
  clock.pass(10_001);
  expect((await source.current(signal)).tlsVersion).toBe(first.tlsVersion + 1);
});

test("a file that is missing for a moment leaves the last good credentials in use", async () => {
  const clock = handClock();
  const source = credentialSource(connection({}), { clock, refreshMs: 0, lifetime: signal });
  await writeFile(join(folder, "ca"), "ca-1");
  const first = await source.current(signal);
  await rm(join(folder, "ca"));
  clock.pass(1);
  expect(await source.current(signal)).toEqual(first);
});

test("with nothing good yet, a missing file is named", async () => {
  const source = credentialSource(connection({}), { clock: handClock(), refreshMs: 0, lifetime: signal });
  await expect(source.current(signal)).rejects.toThrow(`the credentials file ${join(folder, "ca")} can't be read`);
});

test("an exec plugin is run once, again before its token expires, and again when the token is refused", async () => {
  const clock = handClock();
  const count = join(folder, "count");
  const plugin = join(folder, "plugin");
  await writeFile(join(folder, "ca"), "ca");
  await writeFile(count, "");
  await writeFile(
    plugin,
    `#!/bin/sh
printf x >> ${count}
echo "{\\"status\\":{\\"token\\":\\"run-$(wc -c < ${count} | tr -d ' ')\\",\\"expirationTimestamp\\":\\"2026-01-01T01:00:00Z\\"}}"
`,
  );
  await chmod(plugin, 0o755);
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: plugin,
    args: [],
    env: {},
    installHint: "",
    provideClusterInfo: true,
  };
  const source = credentialSource(connection({ exec }), { clock, refreshMs: 10_000, lifetime: signal });
  const [first, same] = await Promise.all([source.current(signal), source.current(signal)]);
  expect(first.headers.authorization).toBe("Bearer run-1");
  expect(same).toBe(first);

  clock.pass(20_000);
  expect((await source.current(signal)).headers.authorization).toBe("Bearer run-1");
  const refused = await source.current(signal);
  clock.pass(2_000);
  const renewed = await source.renew(refused, signal);
  expect(renewed.headers.authorization).toBe("Bearer run-2");
  expect(await source.renew(refused, signal)).toBe(renewed); // another call's refusal of the old token
  clock.pass(3_600_000);
  expect((await source.current(signal)).headers.authorization).toBe("Bearer run-3");
  expect(await readFile(count, "utf8")).toBe("xxx");
});

test("a plugin that is not installed says how to get it", async () => {
  await writeFile(join(folder, "ca"), "ca");
  const exec = {
    apiVersion: "v1",
    command: "no-such-plugin-here",
    args: [],
    env: {},
    installHint: "Install it from the handbook.",
    provideClusterInfo: false,
  };
  const source = credentialSource(connection({ exec }), { clock: handClock(), refreshMs: 0, lifetime: signal });
  await expect(source.current(signal)).rejects.toThrow(
    "no-such-plugin-here is not installed. Install it from the handbook.",
  );
});
