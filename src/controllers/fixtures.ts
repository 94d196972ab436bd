// Blueprints, runs and observations for tests of decisions: whole objects, of which a test names what matters to it.
import type {
  Blueprint,
  BlueprintRun,
  BlueprintRunStatus,
  BlueprintSpec,
  Condition,
  Operation,
  Reason,
} from "../api/index.ts";
import { apiVersion, finalizer } from "../api/index.ts";
import type { Observed } from "./blueprint/observed.ts";

/** Noon of some day; every time in these fixtures is counted from it. */
export const noon = Date.parse("2026-11-22T12:00:00Z");

/** RFC 3339, so many seconds after noon. */
export function at(seconds: number): string {
  return new Date(noon + seconds * 1000).toISOString();
}

export const digest = `sha256:${"a".repeat(64)}`;

/** A Blueprint of generation 1, made at noon, with the finalizer. */
export function aBlueprint(
  spec: Partial<BlueprintSpec> = {},
  metadata: Partial<Blueprint["metadata"]> = {},
): Blueprint {
  return {
    apiVersion,
    kind: "Blueprint",
    metadata: {
      name: "shop",
      namespace: "web",
      uid: "uid-1",
      generation: 1,
      creationTimestamp: at(0),
      finalizers: [finalizer],
      ...metadata,
    },
    spec: {
      provider: "aws",
      region: "eu-west-1",
      approval: "OnRisk",
      drift: { mode: "Report", interval: "1h" },
      rollback: { automatic: false, window: "10m" },
      deletionPolicy: "Destroy",
      paused: false,
      observeOnly: false,
      execution: "Local",
      runHistoryLimit: 10,
      ...spec,
    },
  };
}

/** A run of it; `status` absent: only asked for. */
export function aRun(
  operation: Operation,
  status: BlueprintRunStatus | undefined,
  spec: Partial<BlueprintRun["spec"]> = {},
  metadata: Partial<BlueprintRun["metadata"]> = {},
): BlueprintRun {
  return {
    apiVersion,
    kind: "BlueprintRun",
    metadata: {
      name: `shop-${operation.toLowerCase()}`,
      namespace: "web",
      uid: `run-${operation}`,
      generation: 1,
      creationTimestamp: at(0),
      ...metadata,
    },
    spec: {
      blueprintRef: { name: "shop", uid: "uid-1", generation: 1 },
      operation,
      cause: "SpecChange",
      attempt: 1,
      inputs: operation === "Destroy" ? "generation:1" : digest,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** An operation that ended well so many seconds after noon. */
export function succeeded(
  operation: Operation,
  seconds: number,
  status: BlueprintRunStatus = {},
  spec: Partial<BlueprintRun["spec"]> = {},
): BlueprintRun {
  return aRun(operation, { phase: "Succeeded", completionTime: at(seconds), ...status }, spec);
}

/** One that did not. */
export function failed(
  operation: Operation,
  seconds: number,
  reason: Reason,
  spec: Partial<BlueprintRun["spec"]> = {},
): BlueprintRun {
  return aRun(
    operation,
    { phase: "Failed", completionTime: at(seconds), error: { reason, message: `${reason}!` } },
    spec,
  );
}

/** Everything readable, nothing made yet. */
export function observing(more: Partial<Observed> = {}): Observed {
  return {
    runs: [],
    stack: { kind: "absent" },
    inputs: { kind: "resolved", digest, values: {}, credentials: {} },
    spec: { kind: "valid" },
    namespaceTerminating: false,
    dependents: [],
    policy: undefined,
    ...more,
  };
}

/** A stack that holds resources. */
export const built: Observed["stack"] = { kind: "present", resources: 3, pendingOperations: 0, identity: "aws:1" };

/** A condition as it stands in a status. */
export function condition(type: string, status: Condition["status"], reason: Reason): Condition {
  return { type, status, reason, message: `${reason}.`, lastTransitionTime: at(0), observedGeneration: 1 };
}
