// What is known of a Blueprint besides itself: what its runs did, what they found, and how it goes next door.
import type { Blueprint, BlueprintRun, Cause } from "../../api/index.ts";
import { driftFactsOf, type Outcomes, type PastKeeper } from "../../signals/index.ts";
import type { ObjectReader } from "../../runtime/index.ts";
import { runsOf } from "../blueprint/runs.ts";
import type { Remedy } from "./remedied.ts";
import type { Facts } from "./scored.ts";

export interface BlueprintFacts {
  of(blueprint: Blueprint, now: number): Facts;
  /** Healing, rollbacks and remediations that succeeded, as far as their runs are there. */
  remedies(blueprint: Blueprint): readonly Remedy[];
  forget(uid: string): void;
}

interface Known {
  readonly blueprint: Blueprint;
  readonly outcomes: Outcomes;
}

interface Neighbourhood {
  readonly finds: number;
  readonly blueprints: number;
}

const weekMs = 7 * 86_400_000;

/** Runs are looked at again only when the Blueprint changed: every run that ends changes its status. */
export function createBlueprintFacts(parts: {
  readonly keeper: Pick<PastKeeper, "seeRuns" | "outcomes" | "of">;
  readonly runCache: ObjectReader<BlueprintRun>;
  readonly operatorNamespace: string;
}): BlueprintFacts {
  const known = new Map<string, Known>();
  let counted: { readonly at: number; readonly namespaces: ReadonlyMap<string, Neighbourhood> } | undefined;

  const outcomesOf = (blueprint: Blueprint, now: number): Outcomes => {
    const { uid = "" } = blueprint.metadata;
    const before = known.get(uid);
    // What was kept may come after the first look.
    const remembered = before?.blueprint === blueprint ? parts.keeper.outcomes(uid) : undefined;
    if (before !== undefined && before.outcomes === remembered) return remembered;
    const outcomes =
      remembered ?? parts.keeper.seeRuns(uid, runsOf(blueprint, parts.runCache, parts.operatorNamespace), now);
    known.set(uid, { blueprint, outcomes });
    return outcomes;
  };

  /** Counted once a cycle: all of a cycle has one time. */
  const neighbourhoods = (now: number): ReadonlyMap<string, Neighbourhood> => {
    if (counted?.at === now) return counted.namespaces;
    const namespaces = new Map<string, Neighbourhood>();
    for (const { blueprint, outcomes } of known.values()) {
      const { namespace = "" } = blueprint.metadata;
      const { finds, blueprints } = namespaces.get(namespace) ?? { finds: 0, blueprints: 0 };
      namespaces.set(namespace, { finds: finds + recent(outcomes, now), blueprints: blueprints + 1 });
    }
    counted = { at: now, namespaces };
    return namespaces;
  };

  return {
    of(blueprint, now) {
      const outcomes = outcomesOf(blueprint, now);
      const past = parts.keeper.of(blueprint, now);
      const around = neighbourhoods(now).get(blueprint.metadata.namespace ?? "");
      const others = around && {
        neighbourDrifts: around.finds - recent(outcomes, now),
        neighbours: around.blueprints - 1,
      };
      const drift = driftFactsOf(blueprint, outcomes, others);
      return drift === undefined ? { past } : { past, drift };
    },
    remedies: (blueprint) => runsOf(blueprint, parts.runCache, parts.operatorNamespace).flatMap(remedyOf),
    forget: (uid) => void known.delete(uid),
  };
}

const mending: ReadonlySet<Cause> = new Set<Cause>(["Drift", "Remediation", "Rollback"]);

function remedyOf({ metadata: { name }, spec: { operation, cause }, status }: BlueprintRun): readonly Remedy[] {
  const changes = operation === "Apply" || operation === "Rollback";
  if (!changes || !mending.has(cause) || status?.phase !== "Succeeded") return [];
  const time = Date.parse(status.completionTime ?? "");
  return Number.isFinite(time) ? [{ name, time }] : [];
}

const recent = ({ driftTimes }: Outcomes, now: number): number =>
  driftTimes.filter((time) => time > now - weekMs && time <= now).length;
