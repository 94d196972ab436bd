// Watches every Dharma object until the Blueprints have settled, showing them as they go.
import { blueprints, conditionOf, kinds, type Blueprint } from "../../api/index.ts";
import { type Kube, isKubeError, systemClock } from "../../kube/index.ts";
import type { Row } from "./view.ts";

export interface FollowOptions {
  readonly kube: Kube;
  readonly signal: AbortSignal;
  readonly paint: (rows: readonly Row[]) => void;
  /** Milliseconds until waiting is given up; what is not settled then is in the answer. */
  readonly patienceMs: number;
  readonly until: (blueprints: readonly Blueprint[]) => boolean;
  /** Looked at before each round. */
  readonly beforeEach?: () => Promise<void>;
}

/** Resolves with the Blueprints as last seen, once `until` holds or patience has ended. */
export async function follow(
  options: FollowOptions,
): Promise<{ readonly met: boolean; readonly blueprints: readonly Blueprint[] }> {
  const deadline = systemClock.monotonic() + options.patienceMs;
  for (;;) {
    const rows: Row[] = [];
    let found: readonly Blueprint[] = [];
    await options.beforeEach?.();
    try {
      found = (await options.kube.list(blueprints, { signal: options.signal })).items;
      for (const kind of kinds) {
        if (kind.type.kind === "BlueprintRun" || kind.type.kind === "Remediation") continue;
        const items =
          kind.type.kind === "Blueprint"
            ? found
            : (await options.kube.list(kind.type, { signal: options.signal })).items;
        rows.push(...items.map(rowOf));
      }
      options.paint(rows);
    } catch (error) {
      if (!isKubeError(error, "unreachable", "server", "throttled", "timeout")) throw error;
    }
    const met = found.length > 0 && options.until(found);
    if (met || systemClock.monotonic() > deadline) return { met, blueprints: found };
    await systemClock.sleep(400, options.signal);
  }
}

/** Every Blueprint is Ready for its present generation. */
export const allReady = (found: readonly Blueprint[]): boolean => found.every(isReady);

export function isReady(blueprint: Blueprint): boolean {
  const ready = conditionOf(blueprint.status?.conditions ?? [], "Ready");
  return ready?.status === "True" && blueprint.status?.observedGeneration === blueprint.metadata.generation;
}

interface Viewed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: unknown;
}

function rowOf(object: Viewed): Row {
  const status = record(object.status);
  const health = record(status["health"]);
  const cost = record(status["cost"]);
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].map(record) : [];
  const ready = conditions.find((condition) => condition["type"] === "Ready");
  const settled = ready?.["status"] === "True";
  const reason = text(ready?.["reason"]);
  const message = text(ready?.["message"]).split("\n")[0] ?? "";
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? "-",
    name: object.metadata.name,
    phase: text(status["phase"]) || (reason === "NotImplemented" ? "-" : "Pending"),
    ready: text(ready?.["status"]) || "Unknown",
    health: health["class"] === undefined ? "-" : `${text(health["class"])} ${text(health["score"])}`.trim(),
    resources: text(status["resources"]) || "-",
    cost: cost["monthly"] === undefined ? "-" : `${text(cost["monthly"])} ${text(cost["currency"])}`,
    why: settled ? "" : [reason, message].filter((part) => part !== "").join(": "),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
