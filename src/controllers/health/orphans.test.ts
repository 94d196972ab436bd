import { expect, test } from "vitest";
import type { KubeObject } from "../../api/index.ts";
import { orphansOf, presentIn } from "./orphans.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const hour = 3_600_000;

function kept(label: string, uid: string, subject?: string, age = hour): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `${label}-${uid}`,
      labels: { [`iacdharma.com/${label}`]: uid },
      creationTimestamp: new Date(now - age).toISOString(),
      ...(subject === undefined ? {} : { annotations: { "iacdharma.com/subject": subject } }),
    },
  };
}

const cacheOf = (kind: string, hasSynced: boolean, ...uids: readonly string[]) => ({
  type: { group: "", version: "v1", kind, plural: `${kind}s`, namespaced: true },
  hasSynced,
  list: () => uids.map((uid) => ({ apiVersion: "v1", kind, metadata: { name: uid, uid } })),
});
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);

const everything = [
  kept("health-record", "there", "Blueprint shop/web"),
  kept("past", "there", "Blueprint shop/web"),
  kept("health-record", "gone", "Blueprint shop/old"),
  kept("learnt", "gone"),
  kept("past", "gone", "Blueprint shop/old"),
  kept("past", "young", "Blueprint shop/new", 60_000),
  kept("past", "budget", "CostBudget all"),
  kept("past", "workload", "Deployment shop/api"),
  kept("learnt", "anybody"),
];

test.each<[string, Parameters<typeof presentIn>, readonly string[]]>([
  [
    "of a kind whose objects are all known, in all its parts, but not what is young",
    [[cacheOf("Blueprint", true, "there"), cacheOf("CostBudget", false)], "none"],
    ["health-record-gone", "learnt-gone", "past-gone"],
  ],
  [
    "of no kind that is not known yet",
    [[cacheOf("Blueprint", false, "there"), cacheOf("CostBudget", true)], "none"],
    ["past-budget"],
  ],
  [
    "of any kind where all kinds are known",
    [[cacheOf("Blueprint", true, "there"), cacheOf("CostBudget", true), cacheOf("Deployment", true)], "selected"],
    ["health-record-gone", "learnt-gone", "past-gone", "past-budget", "past-workload", "learnt-anybody"],
  ],
])("what is left behind is found %s", (_, present, expected) => {
  expect(names(orphansOf(everything, presentIn(...present), now))).toEqual(expected);
});
