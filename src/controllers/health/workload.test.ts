import { describe, expect, test } from "vitest";
import { asScored, healthAnnotation, type Workload } from "./workload.ts";

const deployment = (status: Workload["status"], annotations: Record<string, string> = {}): Workload => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "api", namespace: "shop", uid: "u1", annotations, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { replicas: 3 },
  ...(status === undefined ? {} : { status: { observedGeneration: 1, ...status } }),
});

const available = (status: "True" | "False") => ({
  type: "Available",
  status,
  reason: "MinimumReplicasAvailable",
  message: "",
  lastTransitionTime: "2026-02-01T00:00:00Z",
});

const progressing = (status: "True" | "False", reason: string) => ({
  ...available(status),
  type: "Progressing",
  reason,
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
    [
      "is not known to be ready while a Deployment is rolled out",
      { readyReplicas: 1, conditions: [available("False"), progressing("True", "ReplicaSetUpdated")] },
      [{ status: "Unknown", reason: "RollingOut", message: "1 of 3 Pods are ready: they are being rolled out" }],
    ],
    [
      "is not ready when the roll-out is stuck",
      { conditions: [available("False"), progressing("False", "ProgressDeadlineExceeded")] },
      [{ status: "False" }],
    ],
    [
      "is not ready when Pods go after the roll-out",
      { conditions: [available("False"), progressing("True", "NewReplicaSetAvailable")] },
      [{ status: "False" }],
    ],
    [
      "is rolled out while a StatefulSet makes its Pods",
      { updatedReplicas: 1, readyReplicas: 1 },
      [{ status: "Unknown" }],
    ],
    ["is not ready once they are made", { updatedReplicas: 3, readyReplicas: 1 }, [{ status: "False" }]],
    [
      "is rolled out while a DaemonSet comes to its nodes",
      { desiredNumberScheduled: 5, numberReady: 4, updatedNumberScheduled: 4 },
      [{ status: "Unknown" }],
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

  test("says nothing before its controller has seen it", () => {
    expect(asScored({ ...deployment({}), status: {} }).status?.conditions).toEqual([]);
  });

  test("has the health of its annotation, and none where somebody wrote something else there", () => {
    const health = { class: "Degraded", score: 60, reasons: [], models: [], updateTime: "2026-01-01T00:00:00Z" };
    const of = (text: string) => asScored(deployment({}, { [healthAnnotation]: text })).status?.health;
    expect(of(JSON.stringify(health))).toEqual(health);
    for (const text of ["", "{", "null", '{"class":"Fine"}', '{"class":"Healthy","score":"100"}'])
      expect(of(text)).toBeUndefined();
  });
});
