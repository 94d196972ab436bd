// Argo CD's health of each kind: the script run by a real Lua over the statuses that the operator's own functions write.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Condition, conditionOf, group, kinds, stand, type Standing } from "../../src/api/index.ts";
import { type Standing as ControllerStanding, standingAspects } from "../../src/controllers/conditions.ts";
import { reconcilePending } from "../../src/controllers/pending/reconcile.ts";
import { settleConditions } from "../../src/runtime/index.ts";
import { root } from "./chart.ts";
import { luaHealth } from "./lua.ts";

const folder = join(root, "examples", "argocd");
const script = readFileSync(join(folder, "health.lua"), "utf8");
const now = Date.parse("2026-11-22T16:00:00Z");
const names = kinds.map(({ type }) => type.kind);

function objectOf(kind: string, conditions: readonly Condition[] | undefined, observedGeneration = 3) {
  return { kind, metadata: { name: "x", generation: 3 }, status: { observedGeneration, conditions } };
}

const judged = (conditions: readonly Condition[] | undefined, standing: Standing) =>
  stand(conditions, standing, { generation: 3, now });

const working: Standing = { kind: "working", reason: "Applying", message: "the plan is carried out" };
const asked: Standing = { kind: "awaitingApproval", message: "1 resource is deleted" };
const well: Standing = { kind: "ready", reason: "Succeeded", message: "generation 3 is applied" };
const lost: Standing = { kind: "stalled", reason: "QuotaExceeded", message: "ask for more buckets" };
const drifted: Standing = { kind: "drifted", message: "assets differs" };
const paused: Standing = { kind: "paused", message: "nothing is changed" };

const situations: readonly (readonly [situation: string, path: readonly Standing[], status: string, says: string])[] = [
  ["ready", [well], "Healthy", "Succeeded: generation 3 is applied"],
  ["working", [working], "Progressing", "Applying: the plan is carried out"],
  ["awaiting approval", [asked], "Suspended", "AwaitingApproval: 1 resource is deleted"],
  ["approved and at work", [asked, working], "Progressing", "Applying"],
  ["approved and done", [asked, well], "Healthy", "Succeeded"],
  ["approved and failed", [asked, lost], "Degraded", "QuotaExceeded"],
  ["stalled", [lost], "Degraded", "QuotaExceeded: ask for more buckets"],
  ["recovered", [lost, well], "Healthy", "Succeeded"],
  ["drifted", [drifted], "Degraded", "Drifted: assets differs"],
  ["healed", [drifted, working, well], "Healthy", "Succeeded"],
  ["paused at first", [paused], "Suspended", "Paused: nothing is changed"],
  ["paused while well", [well, paused], "Suspended", "Paused"],
  ["paused after a failure", [lost, paused], "Suspended", "Paused"],
  ["paused while waiting", [asked, paused], "Suspended", "Paused"],
  ["going on after a pause", [well, paused, working], "Progressing", "Applying"],
];

describe.each(names)("a %s", (kind) => {
  test.each(situations)("that is %s", (_situation, path, status, says) => {
    const conditions = path.reduce<readonly Condition[] | undefined>(judged, undefined);
    const health = luaHealth(scriptOf(kind), objectOf(kind, conditions));
    expect(health.status).toBe(status);
    expect(health.message).toContain(says);
  });

  test("that nobody looked at is in progress", () => {
    const object = { kind, metadata: { name: "x", generation: 1 } };
    expect(luaHealth(scriptOf(kind), object).status).toBe("Progressing");
    expect(luaHealth(scriptOf(kind), { ...object, status: {} }).status).toBe("Progressing");
    expect(luaHealth(scriptOf(kind), { ...object, status: { health: { class: "Unknown" } } }).status).toBe(
      "Progressing",
    );
    expect(luaHealth(scriptOf(kind), objectOf(kind, [])).status).toBe("Progressing");
  });

  test.each([well, lost, asked, drifted, paused])("judged before its last change is in progress: $kind", (standing) => {
    expect(luaHealth(scriptOf(kind), objectOf(kind, judged(undefined, standing), 2)).status).toBe("Progressing");
  });
});

const controllers: readonly (readonly [standing: ControllerStanding, status: string])[] = [
  [{ kind: "ready", reason: "Succeeded", message: "done" }, "Healthy"],
  [{ kind: "working", reason: "Planning", message: "a plan is made" }, "Progressing"],
  [{ kind: "stalled", reason: "InvalidReference", message: "no such thing" }, "Degraded"],
  [{ kind: "unready", reason: "Drifted", message: "assets differs" }, "Degraded"],
];

test.each(controllers)("the controllers' standing %o is %s", (standing, status) => {
  const conditions = settleConditions(undefined, standingAspects(standing), { generation: 3, nowMs: now });
  const health = luaHealth(script, objectOf("Blueprint", conditions));
  expect(health).toEqual({ status, message: `${standing.reason}: ${standing.message}` });
});

test("an approval that nobody could attest still waits for a person", () => {
  const message = "no webhook attested the approval";
  const aspects = [
    ...standingAspects({ kind: "working", reason: "ApprovalUnattested", message }),
    { type: "Approved", status: "False", reason: "ApprovalUnattested", message } as const,
  ];
  const conditions = settleConditions(undefined, aspects, { generation: 3, nowMs: now });
  expect(luaHealth(script, objectOf("BlueprintRun", conditions)).status).toBe("Suspended");
});

test("a kind without a controller is degraded and says that", async () => {
  const object = { apiVersion: "v1", kind: "CostBudget", metadata: { name: "x", generation: 3 } };
  const ctx = { clock: { now: () => now }, events: { warning: () => undefined } };
  const pass = await reconcilePending(object, ctx as unknown as Parameters<typeof reconcilePending>[1]);
  const status: unknown = Reflect.get(pass ?? {}, "status");
  expect(luaHealth(script, { ...object, status })).toEqual({
    status: "Degraded",
    message: expect.stringMatching(/^NotImplemented: .*no controller for CostBudget/),
  });
});

test("messages of any text arrive as they are", () => {
  const message = 'größer als "erlaubt"\n100 % \\ ]] 雲';
  const conditions = judged(undefined, { kind: "stalled", reason: "QuotaExceeded", message });
  expect(conditionOf(conditions, "Ready")?.message).toBe(message);
  expect(luaHealth(script, objectOf("Blueprint", conditions)).message).toBe(`QuotaExceeded: ${message}`);
});

test("argocd-cm.yaml has the script for each kind and for no other", () => {
  const data = customizations();
  expect(Object.keys(data).toSorted()).toEqual(
    names.map((kind) => `resource.customizations.health.${group}_${kind}`).toSorted(),
  );
  expect(new Set(Object.values(data))).toEqual(new Set([script]));
});

function customizations(): Readonly<Record<string, string>> {
  const config: unknown = parse(readFileSync(join(folder, "argocd-cm.yaml"), "utf8"));
  return (config as { readonly data: Readonly<Record<string, string>> }).data;
}

/** As Argo CD will find it. */
function scriptOf(kind: string): string {
  const found = customizations()[`resource.customizations.health.${group}_${kind}`];
  if (found === undefined) throw new Error(`argocd-cm.yaml has no health for ${kind}`);
  return found;
}
