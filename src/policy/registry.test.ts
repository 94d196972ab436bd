import { expect, test, vi } from "vitest";
import { createPolicyRegistry } from "./registry.ts";

const exception = { name: "x", rules: ["aws.*.*"], owner: "o", reason: "r", expireTime: "2027-01-01T00:00:00Z" };

test("a namespace sees its own exceptions and those of everybody", () => {
  const registry = createPolicyRegistry();
  registry.setSettings({ modes: { aws: "Warn" } }, [
    { ...exception, namespaces: ["shop"] },
    { ...exception, name: "y" },
  ]);
  expect(registry.settings("shop")).toEqual({
    modes: { aws: "Warn" },
    exceptions: [exception, { ...exception, name: "y" }],
  });
  expect(registry.settings("web").exceptions?.map(({ name }) => name)).toEqual(["y"]);
});

test("subscribers hear of changes until their signal aborts", () => {
  const registry = createPolicyRegistry();
  const stop = new AbortController();
  const heard = vi.fn<() => void>();
  registry.subscribe(heard, stop.signal);
  registry.setSettings({}, []);
  registry.setBundles([]);
  expect(heard).toHaveBeenCalledTimes(2);
  stop.abort();
  registry.setBundles([]);
  expect(heard).toHaveBeenCalledTimes(2);
});

test("a bundle that was never good is missing, and decisions wait only while it is loaded for the first time", async () => {
  const registry = createPolicyRegistry();
  const { signal } = new AbortController();
  await registry.settled?.(signal);
  registry.setBundles([{ name: "own", bundle: undefined, loading: true }]);
  expect(registry.missing?.()).toEqual(["policy bundle own"]);
  let settled = false;
  const waiting = registry.settled?.(signal).then(() => (settled = true));
  registry.setSettings({}, []);
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(false);
  registry.setBundles([{ name: "own", bundle: undefined }]);
  await waiting;
  expect(registry.missing?.()).toEqual(["policy bundle own"]);
  registry.setBundles([{ name: "own", bundle: undefined, loading: true }]);
  const stop = new AbortController();
  const stopped = registry.settled?.(stop.signal);
  stop.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
});

test("settings that never were good are missing until there are good ones", () => {
  const registry = createPolicyRegistry();
  registry.setSettings(undefined, []);
  expect(registry.missing?.()).toEqual(["the policy settings"]);
  registry.setSettings({}, []);
  expect(registry.missing?.()).toEqual([]);
});
