import { describe, expect, test } from "vitest";
import { claimant } from "./claims.ts";

const known = new Set([
  "Blueprint shop/web",
  "Deployment shop/api",
  "StatefulSet shop/db",
  "DaemonSet shop/logs",
  "CostBudget shop/all",
]);
const find = (kind: string, namespace: string, name: string) => {
  const key = `${kind} ${namespace}/${name}`;
  return known.has(key) ? key : undefined;
};

describe("a sample is about", () => {
  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ["the Blueprint whose uid it names", { blueprint_uid: "u1", namespace: "shop", pod: "api-5d8c7b9f4-x2x4z" }, "u1"],
    [
      "the object of a kind, namespace and name",
      { kind: "CostBudget", namespace: "shop", name: "all" },
      "CostBudget shop/all",
    ],
    ["a Blueprint as NAMESPACE/NAME", { blueprint: "shop/web" }, "Blueprint shop/web"],
    ["a Blueprint by namespace and name", { blueprint: "web", namespace: "shop" }, "Blueprint shop/web"],
    ["a workload by its own label", { deployment: "api", namespace: "shop" }, "Deployment shop/api"],
    ["the Deployment of a Pod", { pod: "api-5d8c7b9f4-x2x4z", namespace: "shop" }, "Deployment shop/api"],
    ["the StatefulSet of a Pod", { pod: "db-0", namespace: "shop" }, "StatefulSet shop/db"],
    ["the DaemonSet of a Pod", { pod: "logs-x2x4z", namespace: "shop" }, "DaemonSet shop/logs"],
    ["nobody's Pod", { pod: "other-0", namespace: "shop" }, undefined],
    ["nothing that is named", { instance: "10.0.0.1:9100" }, undefined],
  ])("%s", (_, labels, expected) => {
    expect(claimant({ labels }, find)).toBe(expected);
  });
});
