import { describe, expect, test } from "vitest";
import type { OwnerReference } from "../../api/index.ts";
import { podOwner, reducedPod, type WatchedPod } from "./pod-owner.ts";

const owner = (kind: string, name: string, part: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "apps/v1",
  kind,
  name,
  uid: `uid-${name}`,
  controller: true,
  ...part,
});

const podOf = (owners: readonly OwnerReference[], hash?: string): WatchedPod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "pod",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "7",
    labels: { app: "api", ...(hash === undefined ? {} : { "pod-template-hash": hash }) },
    annotations: { note: "long" },
    ownerReferences: owners,
  },
});

describe("a Pod is of", () => {
  test.each<[string, WatchedPod, object | undefined]>([
    [
      "a Deployment by its ReplicaSet",
      podOf([owner("ReplicaSet", "api-v2-5d8c7b9f4")], "5d8c7b9f4"),
      { kind: "Deployment", name: "api-v2" },
    ],
    ["a StatefulSet", podOf([owner("StatefulSet", "db")]), { kind: "StatefulSet", name: "db", uid: "uid-db" }],
    ["a DaemonSet", podOf([owner("DaemonSet", "logs")]), { kind: "DaemonSet", name: "logs", uid: "uid-logs" }],
    ["nobody with a ReplicaSet that no Deployment made", podOf([owner("ReplicaSet", "api-5d8c7b9f4")]), undefined],
    ["nobody with one of another name", podOf([owner("ReplicaSet", "api")], "5d8c7b9f4"), undefined],
    ["nobody by a Job", podOf([owner("Job", "db", { apiVersion: "batch/v1" })]), undefined],
    [
      "nobody by somebody else's StatefulSet",
      podOf([owner("StatefulSet", "db", { apiVersion: "apps.kruise.io/v1" })]),
      undefined,
    ],
    [
      "nobody by an owner that does not control it",
      podOf([owner("StatefulSet", "db", { controller: false })]),
      undefined,
    ],
    ["nobody without an owner", podOf([]), undefined],
  ])("%s", (_, pod, expected) => {
    expect(podOwner(pod)).toEqual(expected === undefined ? undefined : expect.objectContaining(expected));
    expect(podOwner(reducedPod(pod))).toEqual(podOwner(pod));
  });
});

test("what is kept of a Pod is what is asked for, of all its containers", () => {
  const lastState = { terminated: { finishedAt: "2026-11-22T12:00:00Z", exitCode: 137, message: "long" } };
  const pod = {
    ...podOf([owner("StatefulSet", "db", { blockOwnerDeletion: true })]),
    spec: { containers: [{ name: "app" }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "app", restartCount: 2, image: "x", lastState }],
      initContainerStatuses: [{ name: "side", restartCount: 0, lastState: {} }],
    },
  };
  expect(reducedPod(pod)).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "pod",
      namespace: "shop",
      uid: "u1",
      resourceVersion: "7",
      ownerReferences: [owner("StatefulSet", "db")],
    },
    status: {
      containerStatuses: [
        { name: "app", restartCount: 2, lastState: { terminated: { finishedAt: "2026-11-22T12:00:00Z" } } },
        { name: "side", restartCount: 0 },
      ],
    },
  });
});
