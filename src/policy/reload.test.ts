// Bundles and settings change while decisions are made without a pause: none is dropped, each is by one whole state.
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileRego } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import { type Bundle, bundlesDigest, createPolicyHost, createPolicyRegistry, type PlanInput } from "./index.ts";

const { signal } = new AbortController();
const rego = (name: string): string => `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": [
	{"rule": "${name}", "message": sprintf("%d", [object.get(input.settings, "maxBlastRadius", 0)]), "resource": "", "controls": [], "severity": "Low"},
]}`;
const input = { blueprint: { namespace: "shop" } } as unknown as PlanInput;

const bundles = new Map<string, Bundle>();
beforeAll(async () => {
  for (const name of ["one", "two", "own-one", "own-two"]) {
    // oxlint-disable-next-line no-await-in-loop -- four
    bundles.set(name, await compileRego({ "plan.rego": rego(name) }));
  }
}, 60_000);

const registry = createPolicyRegistry();
const host = createPolicyHost({
  bundles: registry,
  settings: registry.settings,
  key: { id: "k", secret: new Uint8Array(32) },
  clock: systemClock,
  limits: { threads: 2, deadlineMs: 30_000 },
});
afterAll(() => host.close());

test("no decision is dropped or mixed while bundles and settings change", { timeout: 120_000 }, async () => {
  const bundle = (name: string): Bundle => {
    const found = bundles.get(name);
    if (found === undefined) throw new Error(`no bundle ${name}`);
    return found;
  };
  /** Rules that speak, by the digest of what decides. */
  const expected = new Map<string, string>();
  const become = (builtIn: string, own: string | undefined): void => {
    registry.setBuiltIn(bundle(builtIn));
    registry.setBundles(own === undefined ? [] : [{ name: "own", bundle: bundle(own) }]);
  };
  for (const builtIn of ["one", "two"]) {
    for (const own of [undefined, "own-one", "own-two"]) {
      const names = own === undefined ? [builtIn] : [builtIn, own];
      expected.set(bundlesDigest(names.map(bundle)), names.toSorted().join(" "));
    }
  }
  become("one", undefined);
  registry.setSettings({ maxBlastRadius: 0 }, []);

  const state = { running: true, decisions: 0 };
  const met = new Set<string>();
  const decideOn = async (): Promise<void> => {
    while (state.running) {
      const radius = registry.all().maxBlastRadius ?? 0;
      // oxlint-disable-next-line no-await-in-loop -- four of these at once, each without a pause
      const decision = await host.decide("Plan", input, { signal });
      expect(decision).toMatchObject({ allow: true, deny: [] });
      const rules = decision.warn.map(({ rule }) => rule).toSorted();
      expect(rules.join(" ")).toBe(expected.get(decision.bundle));
      for (const { message } of decision.warn) expect(message).toBe(String(radius)); // as it was when it was asked
      met.add(decision.bundle);
      state.decisions += 1;
    }
  };
  const deciding = Promise.all(Array.from({ length: 4 }, decideOn));
  const states = ["one", "two"].flatMap((builtIn) =>
    [undefined, "own-one", "own-two"].map((own) => [builtIn, own] as const),
  );
  try {
    for (let change = 1; change <= 12; change += 1) {
      const [builtIn, own] = states[(change * 5) % states.length] ?? ["one", undefined];
      become(builtIn, own);
      registry.setSettings({ maxBlastRadius: change }, []);
      // At times the next change comes while threads of the last are only starting.
      const due = state.decisions + (change % 4 === 3 ? 0 : 6);
      // oxlint-disable-next-line no-await-in-loop -- one change after the other
      while (state.decisions < due) await systemClock.sleep(5, AbortSignal.any([signal, AbortSignal.timeout(60_000)]));
    }
  } finally {
    state.running = false;
    await deciding;
  }
  expect(met.size).toBe(states.length);
  // What holds at the end decides at once.
  become("two", "own-one");
  const last = await host.decide("Plan", input, { signal });
  expect(last.bundle).toBe(bundlesDigest([bundle("two"), bundle("own-one")]));
});
