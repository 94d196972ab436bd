// status.compliance of Blueprints: judged from the state after every change of it, of the rules or of the settings.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import { apiVersion, blueprints } from "../../api/index.ts";
import type { Keyring } from "../../audit/index.ts";
import { isKubeError } from "../../kube/index.ts";
import {
  complianceOf,
  decidingBundles,
  EvaluationError,
  type PolicyHost,
  type PolicyRegistry,
} from "../../policy/index.ts";
import { isStateError, type StateService } from "../../provision/state/index.ts";
import type { ObjectReader, Predicate, Reconcile } from "../../runtime/index.ts";
import { retry, sameValue } from "../../runtime/index.ts";
import { exceptAttestation, exceptionsOf } from "../attestation/exceptions.ts";
import { lastChange } from "../blueprint/history.ts";
import { runsOf } from "../blueprint/runs.ts";
import { existingResources } from "../blueprintrun/resources.ts";
import { stackOf } from "../stack.ts";
import { complianceStatus } from "./status.ts";

export interface ComplianceDeps {
  readonly policy: Pick<PolicyHost, "evaluate">;
  readonly rules: PolicyRegistry;
  readonly state: Pick<StateService, "exportStack">;
  readonly runCache: ObjectReader<BlueprintRun>;
  readonly operatorNamespace: string;
  /** What the webhook seals a Blueprint's own exceptions with. */
  readonly attestationKeys: Keyring;
}

const fieldManager = "dharma-compliance";

/** Nothing of a Blueprint itself moves its score but its own exceptions: its runs do, and the rules. */
export const compliancePredicate: Predicate<Blueprint> = (change) =>
  change.kind === "added" ||
  (change.kind === "modified" &&
    change.new.metadata.annotations?.[exceptAttestation] !== change.old.metadata.annotations?.[exceptAttestation]);

/** Judges a Blueprint's resources once for each state, bundle and settings, and writes the score. */
export const reconcileCompliance: Reconcile<Blueprint, ComplianceDeps> = async (blueprint, ctx) => {
  const { namespace = "", deletionTimestamp } = blueprint.metadata;
  const change = lastChange(runsOf(blueprint, ctx.runCache, ctx.operatorNamespace));
  if (deletionTimestamp !== undefined || change === undefined) return {};
  const settings = ctx.rules.settings(namespace);
  const own = exceptionsOf(ctx.attestationKeys, blueprint).exceptions;
  const exceptions = [...(settings.exceptions ?? []), ...own];
  const bundles = decidingBundles(ctx.rules);
  const basis = digestOf([
    change.metadata.uid,
    bundles.map(({ digest }) => digest),
    settings,
    own,
    blueprint.metadata.uid,
  ]);
  const expiry = nextExpiry(exceptions, ctx.clock.now());
  if (blueprint.status?.compliance?.basis === basis && !expiredSince(blueprint, exceptions, ctx.clock.now()))
    return { requeueAfter: expiry };
  const resources = await resourcesOf(blueprint, ctx.state, ctx.signal);
  if (resources === undefined) return {};
  try {
    const time = new Date(ctx.clock.now()).toISOString();
    const evaluation = await ctx.policy.evaluate(
      { time, namespace, resources },
      { signal: ctx.signal, exceptions: own },
    );
    const compliance = complianceOf(ctx.rules.catalog(), resources, evaluation);
    const [worst] = evaluation.denied;
    if (worst !== undefined) {
      const more = evaluation.denied.length > 1 ? ` (and ${evaluation.denied.length - 1} more)` : "";
      ctx.events.warning("PolicyViolated", "Judge", `what is there breaks ${worst.rule}: ${worst.message}${more}`);
    }
    await write(blueprint, complianceStatus(compliance, { bundle: evaluation.bundle, basis, time }), ctx);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    // The last score stays, with the time it was made: what can't be judged now is not bad news about the resources.
    throw retry("ComplianceUnknown", `compliance could not be judged: ${error.message}`, { cause: error });
  }
  return { requeueAfter: expiry };
};

async function resourcesOf(blueprint: Blueprint, state: ComplianceDeps["state"], signal: AbortSignal) {
  try {
    return existingResources((await state.exportStack(stackOf(blueprint), signal)).deployment);
  } catch (error) {
    if (isStateError(error, "notFound")) return undefined;
    throw error;
  }
}

async function write(
  blueprint: Blueprint,
  compliance: NonNullable<Blueprint["status"]>["compliance"] | undefined,
  ctx: Parameters<typeof reconcileCompliance>[1],
): Promise<void> {
  const { namespace = "", name, uid } = blueprint.metadata;
  if (compliance === undefined && blueprint.status?.compliance === undefined) return;
  if (sameValue(blueprint.status?.compliance, compliance)) return;
  const metadata = { namespace, name, ...(uid === undefined ? {} : { uid }) };
  const patch = { apiVersion, kind: blueprints.kind, metadata, status: compliance === undefined ? {} : { compliance } };
  try {
    await ctx.kube.apply(blueprints, patch, { fieldManager, subresource: "status", signal: ctx.signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
  }
}

interface Expiring {
  readonly expireTime: string;
}

/** Milliseconds until the next exception ends; undefined where none will. */
function nextExpiry(exceptions: readonly Expiring[], now: number): number | undefined {
  const ahead = exceptions.map(({ expireTime }) => Date.parse(expireTime) - now).filter((ms) => ms > 0);
  return ahead.length === 0 ? undefined : Math.min(...ahead) + 1000;
}

function expiredSince(blueprint: Blueprint, exceptions: readonly Expiring[], now: number): boolean {
  const judged = Date.parse(blueprint.status?.compliance?.evaluateTime ?? "");
  return exceptions.some(({ expireTime }) => Date.parse(expireTime) > judged && Date.parse(expireTime) <= now);
}

function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256")
    .update(canonicalize(value) ?? "")
    .digest("hex")}`;
}
