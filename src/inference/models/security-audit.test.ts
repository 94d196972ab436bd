import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AuditEvent,
  auditFeatures,
  type AuditInput,
  auditRow,
  sensitiveClass,
} from "../features/security-audit.ts";
import { readModelFolder } from "../model/folder.ts";
import { thresholdOf } from "../model/manifest.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import type { TabularScorer } from "../model/session.ts";
import { createThreatDetector, threatBaseline } from "./security-audit.ts";

const { signal } = new AbortController();
const minute = 60_000;
const now = 1_700_000_000_000;

let session: OpenModel;
let model: TabularScorer<AuditInput>;
beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "SecurityThreatDetector", "audit");
  session = await openModel(await readModelFolder(folder, signal));
  model = createThreatDetector(session);
});
afterAll(() => session.close());

const call = (time: number, verb: string, resource: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  time,
  verb,
  resource,
  namespace: "shop",
  name: "a",
  sourceAddress: "10.0.0.1",
  userAgent: "controller/1",
  code: 200,
  ...more,
});

/** A week of a controller at its work: every ten minutes a list, a get and a patch. */
const work = Array.from({ length: 6 * 24 * 6 }, (_, index) => now - index * 10 * minute - minute)
  .toReversed()
  .flatMap((time) => [
    call(time, "list", "pods"),
    call(time + 1000, "get", "configmaps"),
    call(time + 2000, "patch", "deployments"),
  ]);

const probabilityOf = async (events: readonly AuditEvent[], scorer = model): Promise<number> =>
  (await scorer.score([{ service: true, events, now }], { signal }))[0]?.probability ?? Number.NaN;

test("a controller at its usual work is no threat, and one that reads every secret from elsewhere is", async () => {
  const threshold = thresholdOf(session.manifest, "attack");
  expect(await probabilityOf(work)).toBeLessThan(threshold / 2);
  const stolen = Array.from({ length: 30 }, (_, index) =>
    call(now - 5 * minute + index * 1000, "get", "secrets", {
      namespace: `ns-${index % 7}`,
      name: `secret-${index}`,
      sourceAddress: "203.0.113.9",
      userAgent: "curl/8",
      code: index % 3 === 0 ? 403 : 200,
    }),
  );
  expect(await probabilityOf([...work, ...stolen])).toBeGreaterThan(threshold);
});

const events = fc.array(
  fc
    .record({
      back: fc.integer({ min: -30, max: 9000 }),
      verb: fc.constantFrom("get", "list", "create", "patch", "delete", "impersonate"),
      resource: fc.constantFrom("pods", "secrets", "roles", "pods/exec", "jobs"),
      namespace: fc.constantFrom("", "a", "b"),
      code: fc.constantFrom(200, 403),
    })
    .map(({ back, verb, resource, ...more }) => call(now - back * minute, verb, resource, more)),
  { maxLength: 40 },
);
const ordered = events.map((list) => list.toSorted((a, b) => a.time - b.time));

test("what comes after now changes no feature", () => {
  fc.assert(
    fc.property(ordered, (list) => {
      const cut = list.filter(({ time }) => time <= now);
      expect(auditRow({ service: true, events: list, now })).toEqual(auditRow({ service: true, events: cut, now }));
    }),
  );
});

test("names of namespaces, objects and addresses do not matter, only whether they are the same", () => {
  fc.assert(
    fc.property(ordered, (list) => {
      const renamed = list.map((event) => ({
        ...event,
        namespace: event.namespace === "" ? "" : `x-${event.namespace}`,
        name: `x-${event.name}`,
        sourceAddress: `x-${event.sourceAddress}`,
      }));
      expect(auditRow({ service: true, events: renamed, now })).toEqual(auditRow({ service: true, events: list, now }));
    }),
  );
});

test("a worse value of a sign that only attackers give never lowers the probability", async () => {
  const signs = ["denied", "secret_reads", "rbac_writes", "execs", "new_addresses", "new_actions", "new_sensitive"];
  await fc.assert(
    fc.asyncProperty(ordered, fc.constantFrom(...signs), fc.integer({ min: 1, max: 50 }), async (list, sign, more) => {
      const row = model.rowOf({ service: true, events: list, now });
      const column = auditFeatures.findIndex((name) => name === sign);
      const worse = row.map((value, index) => (index === column ? value + more : value));
      const [before = Number.NaN, after] = await model.scoreRows([row, worse], { signal });
      expect(after).toBeGreaterThanOrEqual(before - 1e-6);
    }),
    { numRuns: 100 },
  );
});

test("the same row gives the same probability, bit for bit, alone and in company", async () => {
  const rows = fc.sample(ordered, 40).map((list) => model.rowOf({ service: false, events: list, now }));
  const together = await model.scoreRows(rows, { signal });
  const alone = await Promise.all(rows.map(async (row) => (await model.scoreRows([row], { signal }))[0]));
  expect(alone).toEqual(together);
});

test("an actor without a past shows nothing new, and without events nothing at all", () => {
  const row = auditRow({ service: false, events: [call(now - minute, "get", "secrets")], now });
  const valueOf = (name: string) => row[auditFeatures.findIndex((one) => one === name)];
  expect(valueOf("secret_reads")).toBe(1);
  expect(["new_addresses", "new_agents", "new_actions", "new_sensitive", "new_namespaces"].map(valueOf)).toEqual([
    0, 0, 0, 0, 0,
  ]);
  expect(auditRow({ service: false, events: [], now }).every(Number.isFinite)).toBe(true);
});

test.each([
  ["get", "secrets", "secret"],
  ["create", "secrets", undefined],
  ["create", "pods/exec", "exec"],
  ["get", "pods/exec", "exec"],
  ["get", "rolebindings", undefined],
  ["patch", "clusterroles", "rbac"],
  ["delete", "rolebindings", "rbac"],
  ["delete", "pods", "delete"],
  ["create", "daemonsets", "workload"],
  ["patch", "daemonsets", undefined],
  ["create", "mutatingwebhookconfigurations", "webhook"],
  ["impersonate", "users", "impersonation"],
  ["create", "serviceaccounts/token", "token"],
])("%s %s is of the class %s", (verb, resource, expected) => {
  expect(sensitiveClass({ verb, resource })).toBe(expected);
});

test("the baseline counts sensitive calls, whoever makes them", async () => {
  const secrets = [1, 2, 3].map((at) => call(now - at * 1000, "get", "secrets"));
  expect(await probabilityOf(secrets, threatBaseline())).toBeCloseTo(1 - Math.exp(-3 / 20), 6);
  expect(await probabilityOf(work, threatBaseline())).toBe(0);
});
