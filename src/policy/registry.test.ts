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
