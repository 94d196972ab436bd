// The bundles that are followed, as settings come and go; sources are the test's own.
import { Registry } from "prom-client";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { type Bundle, BundleError, type BundleEntry, createPolicyRegistry } from "../../policy/index.ts";
import { silentLogger } from "../../runtime/index.ts";
import { Bundles } from "./bundles.ts";
import { createPolicyMetrics } from "./metrics.ts";
import { policyStatus } from "./status.ts";

const bundle = (digest: string): Bundle => ({ digest, module: {} as WebAssembly.Module, data: {}, entrypoints: [] });
const entry = (name: string, directory: string): BundleEntry => ({ name, directory });
const loaded = { kind: "loaded", digest: "sha256:s", settings: {}, exceptions: [], ignored: [] } as const;

/** Bundles by folder: what a look at it gives now. */
function world() {
  const folders = new Map<string, Bundle | Error>();
  const registry = createPolicyRegistry();
  const metrics = new Registry();
  const ended: string[] = [];
  const bundles = new Bundles({
    sourceOf: ({ directory = "" }) => {
      if (directory === "/throws") throw new BundleError("no such source");
      return {
        fetch: async () => {
          const found = folders.get(directory) ?? new BundleError(`nothing in ${directory}`);
          if (found instanceof Error) throw found;
          return found;
        },
        changed: (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener(
              "abort",
              () => {
                ended.push(directory);
                reject(signal.reason);
              },
              { once: true },
            );
          }),
      };
    },
    registry,
    metrics: createPolicyMetrics(metrics),
    onChange: () => undefined,
    clock: systemClock,
    random: () => 0.5,
    log: silentLogger,
  });
  return { folders, registry, metrics, bundles, ended };
}

const extra = (registry: ReturnType<typeof createPolicyRegistry>) => registry.extra().map(({ digest }) => digest);

test("follow the settings: added, changed with the last good kept, taken away; and all of it ends with the signal", async () => {
  const { folders, registry, metrics, bundles, ended } = world();
  const stop = new AbortController();
  const running = bundles.run(stop.signal);
  folders.set("/a", bundle("a"));
  bundles.set([entry("own", "/a"), entry("other", "/none")]);
  expect(registry.missing?.()).toEqual(["policy bundle own", "policy bundle other"]);
  await registry.settled?.(stop.signal);
  expect(extra(registry)).toEqual(["a"]);
  expect(registry.missing?.()).toEqual(["policy bundle other"]);
  expect(policyStatus(loaded, bundles.states)).toMatchObject({
    status: "False",
    reason: "PolicyBroken",
    message: "bundle other: nothing in /none; there is no earlier one, so everything is denied",
    bundles: [
      { name: "own", ready: true, digest: "a" },
      { name: "other", ready: false },
    ],
  });
  expect(await metrics.getSingleMetricAsString("dharma_policy_bundle_ready")).toContain('{name="other"} 0');

  // The same name from another place, which is broken: what was good goes on deciding.
  bundles.set([entry("own", "/broken")]);
  expect(extra(registry)).toEqual(["a"]);
  expect(policyStatus(loaded, bundles.states)).toBeUndefined();
  await vi.waitFor(() => expect(bundles.states[0]?.trouble).toBe("nothing in /broken"));
  expect(extra(registry)).toEqual(["a"]);
  expect(policyStatus(loaded, bundles.states)?.message).toMatch(/the last good one decides$/);
  expect(ended).toEqual(expect.arrayContaining(["/a", "/none"]));

  bundles.set([]);
  expect(extra(registry)).toEqual([]);
  expect(await metrics.getSingleMetricAsString("dharma_policy_bundle_ready")).not.toContain("own");
  bundles.set([entry("own", "/a")]);
  await vi.waitFor(() => expect(extra(registry)).toEqual(["a"]));
  stop.abort(new Error("the test is over"));
  await running;
  expect(ended).toHaveLength(4);
});

test("an entry nobody can follow is told, and the others go on", async () => {
  const { folders, registry, bundles } = world();
  const stop = new AbortController();
  const running = bundles.run(stop.signal);
  folders.set("/a", bundle("a"));
  bundles.set([entry("bad", "/throws"), entry("own", "/a")]);
  await registry.settled?.(stop.signal);
  expect(extra(registry)).toEqual(["a"]);
  expect(bundles.states[0]).toMatchObject({ loading: false, trouble: "no such source" });
  stop.abort(new Error("the test is over"));
  await running;
});

test("the status says what is ignored, and is short enough to be read", () => {
  const ignored = ["exception x is not attested"];
  expect(policyStatus({ ...loaded, ignored }, [])).toMatchObject({ status: "True", message: ignored[0] });
  const broken = { kind: "broken", digest: "sha256:b", message: "x".repeat(10_000) } as const;
  expect(policyStatus(broken, [])?.message.length).toBeLessThan(5_000);
});
