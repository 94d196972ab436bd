import { describe, expect, test } from "vitest";
import { claimant, type OwnerOf, warned } from "./claims.ts";

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

describe("a warning belongs to", () => {
  const owners: Readonly<Record<string, ReturnType<OwnerOf>>> = {
    "shop/web-0": "nobody",
    "shop/strange": { uid: "Deployment shop/api" },
  };
  const ownerOf: OwnerOf = (namespace, name) => owners[`${namespace}/${name}`] ?? "unknown";
  const of = (kind: string, name: string, uid = "u1") => ({ kind, name, namespace: "shop", uid });

  test.each<[string, ReturnType<typeof of> | undefined, string | undefined]>([
    ["the object it is about", of("Blueprint", "web"), "u1"],
    ["the workload that owns the Pod", of("Pod", "strange"), "Deployment shop/api"],
    ["nobody where the Pod is of nothing that is scored, whatever its name", of("Pod", "web-0"), undefined],
    ["the workload that the name of an unknown Pod tells", of("Pod", "db-0"), "StatefulSet shop/db"],
    ["nobody by the name of a Pod of nothing that is scored", of("Pod", "other-0"), undefined],
    ["the Deployment of a ReplicaSet", of("ReplicaSet", "api-5d8c7b9f4"), "Deployment shop/api"],
    ["nobody by a ReplicaSet of nothing that is scored", of("ReplicaSet", "other-5d8c7b9f4"), undefined],
    ["nobody where it is about nothing", undefined, undefined],
  ])("%s", (_, regarding, expected) => {
    expect(warned(regarding === undefined ? {} : { regarding }, find, ownerOf)).toBe(expected);
  });

  test("nobody where it tells of a score, which would else lower the next one", () => {
    const told = { regarding: of("Blueprint", "web"), action: "Score" };
    expect(warned({ ...told, reportingController: "iacdharma.com/dharma" }, find, ownerOf)).toBeUndefined();
    expect(warned({ ...told, reportingController: "example.com/games" }, find, ownerOf)).toBe("u1");
  });
});
