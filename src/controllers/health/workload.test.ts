import { describe, expect, test } from "vitest";
import { asScored, healthAnnotation, type Workload } from "./workload.ts";

const deployment = (status: Workload["status"], annotations: Record<string, string> = {}): Workload => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "api", namespace: "shop", uid: "u1", annotations, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { replicas: 3 },
  ...(status === undefined ? {} : { status }),
});

const available = (status: "True" | "False") => ({
  type: "Available",
  status,
  reason: "MinimumReplicasAvailable",
  message: "",
  lastTransitionTime: "2026-02-01T00:00:00Z",
});

describe("a workload in the shape of our kinds", () => {
  test.each<[string, Workload["status"], object[]]>([
    ["says nothing without a status", undefined, []],
    [
      "is ready by its Available condition",
      { readyReplicas: 2, conditions: [available("True")] },
      [{ type: "Ready", status: "True", message: "2 of 3 Pods are ready", lastTransitionTime: "2026-02-01T00:00:00Z" }],
    ],
    [
      "is not ready by its Available condition",
      { conditions: [available("False")] },
      [{ status: "False", message: "0 of 3 Pods are ready" }],
    ],
    ["counts Pods where it has no condition", { readyReplicas: 3 }, [{ status: "True", reason: "PodsReady" }]],
    [
      "counts the nodes of a DaemonSet",
      { desiredNumberScheduled: 5, numberReady: 4 },
      [{ status: "False", message: "4 of 5 Pods are ready" }],
    ],
  ])("%s", (_, status, conditions) => {
    expect(asScored(deployment(status)).status?.conditions).toMatchObject(conditions);
  });

  test("has the health of its annotation, and none where somebody wrote something else there", () => {
    const health = { class: "Degraded", score: 60, reasons: [], models: [], updateTime: "2026-01-01T00:00:00Z" };
    const of = (text: string) => asScored(deployment({}, { [healthAnnotation]: text })).status?.health;
    expect(of(JSON.stringify(health))).toEqual(health);
    for (const text of ["", "{", "null", '{"class":"Fine"}', '{"class":"Healthy","score":"100"}'])
      expect(of(text)).toBeUndefined();
  });
});
