import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { ManualClock, silentLogger } from "../runtime/index.ts";
import { ExecutableMissing, findExecutable } from "./executable.ts";
import { parseSettings, SettingsError, settingsFile } from "./settings.ts";

const text = `
credentials:
  - { namespaces: [shop, "team-*"], provider: aws, secretRef: { name: aws-shared } }
  - { namespaces: ["*"], provider: aws, serviceAccountName: lent }
backends:
  - { name: large, url: "s3://states?region=eu-west-1", namespaces: [shop], secretRef: { name: states } }
  - { name: plain, url: "file:///states" }
`;

describe("settings", () => {
  test("say what a namespace may use: the first entry that fits", () => {
    const settings = parseSettings(text);
    expect(settings.credentialsFor("shop", "aws")).toEqual({ kind: "secret", name: "aws-shared" });
    expect(settings.credentialsFor("team-web", "aws")).toEqual({ kind: "secret", name: "aws-shared" });
    expect(settings.credentialsFor("team", "aws")).toEqual({ kind: "serviceAccount", name: "lent" });
    expect(settings.credentialsFor("shop", "gcp")).toBeUndefined();
    expect(settings.backendsFor("shop").map(({ name }) => name)).toEqual(["large", "plain"]);
    expect(settings.backendsFor("other").map(({ name }) => name)).toEqual(["plain"]);
  });

  test.each([
    ["credentials: [", /not YAML/],
    ["credentals: []", /wrong at/],
    ["credentials: [{ namespaces: [], provider: aws, secretRef: { name: a } }]", /\/credentials\/0\/namespaces/],
    ["credentials: [{ namespaces: [a], provider: awz, secretRef: { name: a } }]", /\/credentials\/0\/provider/],
    ["credentials: [{ namespaces: [a], provider: aws }]", /\/credentials\/0: give secretRef or serviceAccountName/],
    ["backends: [{ name: a, url: 'http://x' }]", /\/backends\/0\/url/],
    ["backends: [{ name: a, url: 'file:///x' }, { name: a, url: 'file:///y' }]", /backend a twice/],
  ])("%s is refused at its place", (wrong, says) => {
    expect(() => parseSettings(wrong)).toThrow(SettingsError);
    expect(() => parseSettings(wrong)).toThrow(says);
  });

  test("follow their file, and stay as they were while it is wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dharma-settings-"));
    const path = join(folder, "settings.yaml");
    await expect(settingsFile(path, { clock: new ManualClock(0), log: silentLogger })).rejects.toThrow(/--settings/);
    await writeFile(path, text);
    const clock = new ManualClock(0);
    const settings = await settingsFile(path, { clock, log: silentLogger });
    const stop = new AbortController();
    const running = settings.run(stop.signal).catch(() => undefined);
    const backends = () => settings.current().backendsFor("shop").length;
    const after = async (next: string, expected: number) => {
      await writeFile(path, next);
      await vi.waitFor(async () => {
        await clock.advance(10_000);
        expect(backends()).toBe(expected);
      });
    };
    await after("backends: [{ name: one, url: 'file:///x' }]", 1);
    await writeFile(path, "backends: [");
    for (let turn = 0; turn < 5; turn += 1) {
      // eslint-disable-next-line no-await-in-loop -- each look comes after the one before
      await clock.advance(10_000);
    }
    expect(backends()).toBe(1);
    await after("", 0);
    stop.abort();
    await running;
    await rm(folder, { recursive: true });
  });
});

describe("a program", () => {
  const signal = new AbortController().signal;
  test("with a bare name is found by PATH, as an absolute path", async () => {
    expect(await findExecutable("sh", { PATH: "/nowhere:/usr/bin:/bin" }, signal)).toMatch(/^\/(usr\/)?bin\/sh$/);
  });

  test.each([
    ["no-such-program", "on PATH: give its path"],
    ["/no/such/program", "is no program that can be run"],
    ["/tmp", "is no program that can be run"],
  ])("%s that can't be run is told", async (name, says) => {
    const found = findExecutable(name, { PATH: "/usr/bin" }, signal);
    await expect(found).rejects.toThrow(ExecutableMissing);
    await expect(found).rejects.toThrow(says);
  });
});
