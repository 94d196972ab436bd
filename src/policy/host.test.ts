import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { compileRego } from "../../test/support/policy.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import {
  type Bundle,
  createPolicyHost,
  createPolicyRegistry,
  maskSecrets,
  type PlanInput,
  type PlannedResource,
  type PolicyHost,
} from "./index.ts";
import { keyedDigest } from "./digest.ts";
import type { PoolLimits } from "./pool.ts";

const signal = new AbortController().signal;
const key = { id: "k1", secret: new Uint8Array(32).fill(7) };

const input: PlanInput = {
  time: "2026-01-01T00:00:00Z",
  actor: { kind: "Operator", name: "dharma" },
  blueprint: {
    namespace: "shop",
    name: "web-shop",
    uid: "u1",
    generation: 1,
    labels: {},
    provider: "aws",
    region: "eu-west-1",
    approval: "OnRisk",
  },
  operation: "Apply",
  cause: "SpecChange",
  plan: "sha256:00",
  resources: [],
};

/** A bundle whose decision depends on the time it is given: a rule of each way to go wrong. */
const rego = `package dharma.plan

yes := {"allow": true, "requireApproval": false, "deny": [], "warn": []}

decision := yes if startswith(input.time, "2026")

decision := yes if {
	input.time == "loop"
	count([x | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); x := a * b; x == -1]) == 0
}

decision := {"allow": true, "deny": [], "warn": []} if input.time == "no approval field"

decision := {"allow": true, "requireApproval": false, "deny": [refused], "warn": []} if input.time == "allow and deny"

decision := "yes" if input.time == "a string"

decision := object.union(yes, {"allow": false, "deny": [refused]}) if input.time == "deny"

decision := object.union(yes, {"allow": false, "deny": many}) if input.time == "many"

decision := object.union(yes, {"warn": [object.union(refused, {"message": json.marshal(input.resources)})]}) if {
	input.time == "echo"
}

many := [object.union(refused, {"message": sprintf("%d", [n])}) | some n in numbers.range(1, 300)]

refused := {"rule": "test.refused", "message": "no", "resource": "", "controls": [], "severity": "High"}
`;

let bundle: Bundle;
let other: Bundle;
const open: PolicyHost[] = [];

beforeAll(async () => {
  bundle = await compileRego({ "plan.rego": rego });
  other = await compileRego({
    "plan.rego": `package dharma.plan
decision := {"allow": true, "requireApproval": true, "deny": [], "warn": []}`,
  });
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

function hostOf(
  current: () => Bundle | undefined,
  limits: Partial<PoolLimits> = {},
  clock: Clock = systemClock,
): PolicyHost {
  const host = createPolicyHost({
    bundles: { current },
    key,
    clock,
    limits: { deadlineMs: 20_000, ...limits },
  });
  open.push(host);
  return host;
}

/** A deadline that passes when the test says so: how loaded the machine is doesn't matter. */
const HAND = 98_765;

function deadlinesOfHand(): {
  readonly clock: Clock;
  readonly running: () => Promise<void>;
  readonly expire: () => Promise<void>;
} {
  const first = Promise.withResolvers<() => void>();
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, until) =>
      ms === HAND
        ? new Promise((resolve, reject) => {
            first.resolve(resolve);
            until.addEventListener("abort", () => reject(until.reason), { once: true });
          })
        : systemClock.sleep(ms, until),
  };
  return {
    clock,
    running: async () => void (await first.promise),
    expire: async () => (await first.promise)(),
  };
}

const at = (time: string): PlanInput => ({ ...input, time });

describe("what goes wrong denies and says why", () => {
  test.each([
    ["no approval field", "policy.shape", /booleans/],
    ["allow and deny", "policy.shape", /exactly when deny is empty/],
    ["a string", "policy.shape", /not an object/],
    ["nothing matches", "policy.shape", /no value/],
  ])("an answer of the wrong shape: %s", async (time, rule, message) => {
    const decision = await hostOf(() => bundle).decide("Plan", at(time), { signal });
    expect(decision).toMatchObject({ allow: false, requireApproval: false, bundle: bundle.digest, deny: [{ rule }] });
    expect(decision.deny[0]?.message).toMatch(message);
  });

  test("without a bundle nothing is allowed", async () => {
    const decision = await hostOf(() => undefined).decide("Plan", input, { signal });
    expect(decision).toMatchObject({ allow: false, bundle: "", deny: [{ rule: "policy.no-bundle" }] });
    expect(decision.input).toMatch(/^hmac-sha256:k1:/);
  });

  test("a point without rules allows nothing", async () => {
    const decision = await hostOf(() => bundle).decide("Remediation", {}, { signal });
    expect(decision).toMatchObject({ allow: false, deny: [{ rule: "policy.no-rules" }] });
  });

  test("an input that is not JSON is refused without evaluating", async () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    const decision = await hostOf(() => bundle).decide("Remediation", loop, { signal });
    expect(decision).toMatchObject({ allow: false, input: "", deny: [{ rule: "policy.input" }] });
  });

  test("a module that does not start denies, and does so again", async () => {
    const broken = { ...bundle, module: await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) };
    const host = hostOf(() => broken);
    for (const _ of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- the second meets what the first left behind
      const decision = await host.decide("Plan", input, { signal });
      expect(decision).toMatchObject({ allow: false, deny: [{ rule: "policy.error" }] });
    }
  });

  test("an evaluation that needs more memory than it may have denies, and the next one is made", async () => {
    const host = hostOf(() => bundle, { maxPages: 40, threads: 1 });
    const resources = Array.from({ length: 20_000 }, (_, n) => ({ ...resource, urn: `urn:${n}` }));
    const decision = await host.decide("Plan", { ...at("echo"), resources }, { signal });
    expect(decision).toMatchObject({ allow: false, deny: [{ rule: "policy.error" }] });
    expect(await host.decide("Plan", input, { signal })).toMatchObject({ allow: true });
  });

  test("a policy that loops is ended at its deadline, and the next one is made by a new thread", async () => {
    const deadlines = deadlinesOfHand();
    const host = hostOf(() => bundle, { threads: 1, deadlineMs: HAND }, deadlines.clock);
    const looping = host.decide("Plan", at("loop"), { signal });
    const next = host.decide("Plan", input, { signal });
    await deadlines.expire(); // the loop's
    expect(await looping).toMatchObject({ allow: false, deny: [{ rule: "policy.deadline" }] });
    expect((await looping).deny[0]?.message).toContain(`${HAND} ms`);
    expect(await next).toMatchObject({ allow: true });
  });

  test("a policy that loops is ended by the machine's own clock too", async () => {
    const host = hostOf(() => bundle, { threads: 1, deadlineMs: 200 });
    expect(await host.decide("Plan", at("loop"), { signal })).toMatchObject({
      allow: false,
      deny: [{ rule: "policy.deadline" }],
    });
  });
});

const resource: PlannedResource = {
  urn: "urn:a",
  name: "a",
  type: "x:y:Z",
  operation: "create",
  changed: [],
  replaceReasons: [],
  stateful: false,
  protect: false,
  irreversible: false,
};

describe("a decision", () => {
  test("is the same for the same input, in any order of keys, and its digest with it", async () => {
    const host = hostOf(() => bundle);
    const first = await host.decide("Plan", at("deny"), { signal });
    const { time, actor, blueprint, ...rest } = at("deny");
    const shuffled: PlanInput = { ...rest, blueprint, actor, time };
    const again = await hostOf(() => bundle).decide("Plan", shuffled, { signal });
    expect(again).toEqual(first);
    const changed = await host.decide("Plan", { ...at("deny"), plan: "sha256:01" }, { signal });
    expect(changed.input).not.toBe(first.input);
  });

  test("replayed from its masked input has the same digest", async () => {
    const secret: PlanInput = { ...at("echo"), resources: [{ ...resource, new: { password: "hunter2" } }] };
    const masked: PlanInput = { ...secret, resources: [{ ...resource, new: { password: "[secret]" } }] };
    const host = hostOf(() => bundle);
    const first = await host.decide("Plan", secret, { signal });
    const replayed = await host.decide("Plan", masked, { signal });
    expect(maskSecrets(secret)).toEqual(masked);
    expect(replayed.input).toBe(first.input);
    expect(replayed).toEqual(first);
    expect(first.warn[0]?.message).toContain("[secret]");
    expect(JSON.stringify(first)).not.toContain("hunter2");
  });

  test("has a digest that depends on the key", async () => {
    const host = createPolicyHost({
      bundles: { current: () => bundle },
      clock: systemClock,
      key: { id: "k2", secret: new Uint8Array(32).fill(8) },
    });
    open.push(host);
    const first = await hostOf(() => bundle).decide("Plan", input, { signal });
    const second = await host.decide("Plan", input, { signal });
    expect(second.input.split(":")[2]).not.toBe(first.input.split(":")[2]);
  });

  test("keeps the first hundred findings and counts the rest", async () => {
    const { deny } = await hostOf(() => bundle).decide("Plan", at("many"), { signal });
    expect(deny).toHaveLength(100);
    expect(deny.at(-1)).toMatchObject({ rule: "policy.more", message: expect.stringContaining("201 more") });
  });
});

describe("the pool", () => {
  test("answers each of many at once with its own answer", async () => {
    const host = hostOf(() => bundle, { threads: 2 });
    const times = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? "deny" : `2026-${n}`));
    const decisions = await Promise.all(times.map((time) => host.decide("Plan", at(time), { signal })));
    expect(decisions.map(({ allow }) => allow)).toEqual(times.map((time) => time !== "deny"));
  });

  test("refuses what would wait behind too many", async () => {
    const host = hostOf(() => bundle, { threads: 1, waiting: 2 });
    const decisions = await Promise.all([1, 2, 3, 4].map(() => host.decide("Plan", input, { signal })));
    expect(decisions.map(({ allow }) => allow)).toEqual([true, true, true, false]);
    expect(decisions[3]?.deny[0]?.message).toContain("waiting already");
  });

  test("rejects with the reason of an abort, waiting or running, and goes on with the others", async () => {
    const deadlines = deadlinesOfHand();
    const host = hostOf(() => bundle, { threads: 1, deadlineMs: HAND }, deadlines.clock);
    const stop = new AbortController();
    const rejections = ["loop", "2026"].map((time) =>
      expect(host.decide("Plan", at(time), { signal: stop.signal })).rejects.toThrow("enough"),
    );
    const next = host.decide("Plan", input, { signal });
    await deadlines.running();
    stop.abort(new Error("enough"));
    await Promise.all(rejections);
    await deadlines.expire(); // what nobody waits for any more still ends by its deadline
    expect(await next).toMatchObject({ allow: true });
    await expect(host.decide("Plan", input, { signal: stop.signal })).rejects.toThrow("enough");
  });

  test("takes a new bundle at the next decision and drops none that is being made", async () => {
    let current = bundle;
    const host = hostOf(() => current, { threads: 1 });
    const before = Array.from({ length: 10 }, () => host.decide("Plan", input, { signal }));
    current = other;
    const after = await host.decide("Plan", input, { signal });
    expect(after).toMatchObject({ allow: true, requireApproval: true, bundle: other.digest });
    for (const decision of await Promise.all(before)) {
      expect(decision).toMatchObject({ allow: true, requireApproval: false, bundle: bundle.digest });
    }
  });

  test("denies while a bundle that has to be there is not, and waits for one that is loaded for the first time", async () => {
    const registry = createPolicyRegistry();
    registry.setBuiltIn(bundle);
    registry.setBundles([{ name: "own", bundle: undefined, loading: true }]);
    const host = createPolicyHost({ bundles: registry, key, clock: systemClock, limits: { deadlineMs: 20_000 } });
    open.push(host);
    const first = host.decide("Plan", input, { signal });
    registry.setBundles([{ name: "own", bundle: other }]);
    expect(await first).toMatchObject({ allow: true, requireApproval: true });
    registry.setBundles([{ name: "own", bundle: undefined }]);
    expect(await host.decide("Plan", input, { signal })).toMatchObject({
      allow: false,
      deny: [{ rule: "policy.no-bundle", message: expect.stringContaining("own") }],
    });
    const score = host.evaluate({ time: input.time, namespace: "shop", resources: [] }, { signal });
    await expect(score).rejects.toThrow("own");
  });

  test("adds the exceptions of the object to those of its namespace, and its answer tells under which settings", async () => {
    const exception = { name: "x", rules: ["a.*"], owner: "o", reason: "r", expireTime: "2027-01-01T00:00:00Z" };
    const exceptions = [exception];
    const echo = await compileRego({
      "plan.rego": `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": [f]}
f := {"rule": "e", "message": concat(",", [x.name | some x in input.settings.exceptions]), "resource": "", "controls": [], "severity": "Low"}`,
    });
    const host = createPolicyHost({
      bundles: { current: () => echo },
      settings: () => ({ exceptions: [{ ...exception, name: "all" }] }),
      key,
      clock: systemClock,
      limits: { deadlineMs: 20_000 },
    });
    open.push(host);
    const plain = await host.decide("Plan", input, { signal });
    const added = await host.decide("Plan", input, { signal, exceptions });
    expect(plain.warn[0]?.message).toBe("all");
    expect(added.warn[0]?.message).toBe("all,x");
    expect(added.settings).not.toBe(plain.settings);
  });

  test("hands out the text it records the digest of, masked and with the settings, to who keeps it", async () => {
    const host = hostOf(() => bundle);
    const texts: string[] = [];
    const secret = { ...input, cost: { password: "hunter2" } } as unknown as PlanInput;
    const decision = await host.decide("Plan", secret, { signal, onInput: (text) => texts.push(text) });
    const [text = ""] = texts;
    expect(texts).toHaveLength(1);
    expect(text).not.toContain("hunter2");
    expect(JSON.parse(text)).toMatchObject({ plan: input.plan, settings: {} });
    expect(keyedDigest(text, key)).toBe(decision.input);
  });

  test("replaces an instance that has grown", async () => {
    const host = hostOf(() => bundle, { threads: 1, recyclePages: 1 });
    expect(await host.decide("Plan", input, { signal })).toMatchObject({ allow: true });
    expect(await host.decide("Plan", input, { signal })).toMatchObject({ allow: true });
  });

  test("denies once it is closed", async () => {
    const host = hostOf(() => bundle);
    await host.close();
    expect(await host.decide("Plan", input, { signal })).toMatchObject({
      allow: false,
      deny: [{ rule: "policy.error" }],
    });
  });
});

test.each([
  [{ id: "k1", secret: new Uint8Array(16) }, /32 or more/],
  [{ id: "a:b", secret: new Uint8Array(32) }, /key id/],
])("a key that is no key is refused", (bad, message) => {
  expect(() => createPolicyHost({ bundles: { current: () => undefined }, key: bad, clock: systemClock })).toThrow(
    message,
  );
});
