// Creates that were cut off: found in the cloud they are adopted, proven absent they are forgotten, else nothing is touched.
import * as pulumi from "@pulumi/pulumi";
import { BLUEPRINT_TAG } from "../components/naming.ts";
import { countSteps, gatherSteps, nameOfUrn } from "../plan/events.ts";
import { type CloudPackage, isCloudPackage } from "../plan/identity.ts";
import { idOfArn, type PendingLookup, pendingLookup } from "../plan/pending.ts";
import type { ChangeCounts } from "../plan/step.ts";
import { UntypedResource } from "../program/classes.ts";
import { isObject, type ResourceState, type VersionedDeployment } from "../state/deployment.ts";
import { createAdoptionProgram, provider } from "../program/program.ts";
import { recordedProviders } from "./deployment.ts";
import type { Engine } from "./engine.ts";
import { providerSecrets } from "./environment.ts";
import { clean, classify } from "./failure.ts";
import { askIdentity } from "./identity.ts";
import { markOf } from "./mark.ts";
import { readState } from "./read-state.ts";
import { Refusal } from "./refusal.ts";
import { openStack, openThrowaway } from "./workspace.ts";

type Finding =
  | { readonly kind: "present"; readonly id: string; readonly resource: ResourceState }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly why: string };

/** What a lookup in the cloud said: the id and the Blueprint whose marker it carries. */
interface Seen {
  readonly id: string;
  readonly owner: string | undefined;
}

/** Resolves every pending create of the stack. Refuses as PendingOperationUnknown when one can't be told. */
export async function adoptPending(engine: Engine): Promise<ChangeCounts> {
  const state = await readState(engine);
  const pending = (state.deployment?.pending_operations ?? []).filter(({ type }) => type === "creating");
  const found: Extract<Finding, { kind: "present" }>[] = [];
  const unknown: string[] = [];
  for (const { resource } of pending) {
    const finding = await lookUp(engine, resource, state);
    if (finding.kind === "present") found.push(finding);
    if (finding.kind === "unknown") unknown.push(`${nameOfUrn(resource.urn)} (${resource.type}): ${finding.why}`);
  }
  if (unknown.length > 0) {
    const message = `it is not known whether these were made: ${unknown.join("; ")}; look for them in the cloud, then import or delete them`;
    throw new Refusal("PendingOperationUnknown", "waitForInput", message);
  }
  // The engine forgets what is to be imported by --import-pending-creates (v3.250), so: forget all, then import by option.
  const recorded = recordedProviders(state);
  const secrets = providerSecrets(engine.job);
  const program = createAdoptionProgram(
    recorded,
    secrets,
    found.map(({ id, resource }) => ({ id, resource })),
  );
  const stack = await openStack(engine.job, engine.setup, program, engine.lifeline);
  await stack.refresh({ clearPendingCreates: true, runProgram: false, signal: engine.signal, onEvent: engine.onEvent });
  const steps = gatherSteps("after");
  if (found.length > 0) {
    await stack.up({
      target: found.map(({ resource }) => resource.urn),
      signal: engine.signal,
      onEvent: (event) => {
        steps.add(event);
        engine.onEvent(event);
      },
    });
  }
  return countSteps(steps.steps());
}

async function lookUp(engine: Engine, resource: ResourceState, state: VersionedDeployment): Promise<Finding> {
  const name = resource.type.split(":")[0] ?? "";
  const use = recordedProviders(state).find((each) => each.name === name);
  if (!isCloudPackage(name)) {
    const lookup = pendingLookup(resource.type, resource.inputs ?? {}, { account: "" });
    return lookup.kind === "repeat"
      ? { kind: "absent" }
      : { kind: "unknown", why: "types of this package can't be looked up" };
  }
  const config = use?.config ?? {};
  const identity = await askIdentity(engine, { kind: "identity", package: name, config });
  const account = identity.slice(identity.indexOf(":") + 1);
  const lookup = pendingLookup(resource.type, resource.inputs ?? {}, { account });
  if (lookup.kind === "repeat") return { kind: "absent" };
  if (lookup.kind === "none")
    return { kind: "unknown", why: "it has neither a name that gives its id nor marker tags" };
  try {
    const seen = await look(engine, name, config, resource, lookup);
    if (seen === undefined) return { kind: "absent" };
    const mine = markOf(resource.inputs ?? {});
    if (seen.owner !== undefined && mine !== undefined && seen.owner !== mine) {
      const message = `${nameOfUrn(resource.urn)}: ${seen.id} carries the marker of another Blueprint (${seen.owner})`;
      throw new Refusal("ResourceOwnedByAnother", "waitForInput", message);
    }
    return { kind: "present", id: seen.id, resource };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const words = clean(error instanceof Error && "output" in error ? String(error.output) : String(error));
    if (lookup.kind === "byId" && classify(words).reason === "NotFound") return { kind: "absent" };
    return { kind: "unknown", why: words.slice(-300) };
  }
}

/** Asks the cloud in a stack that is never kept. */
async function look(
  engine: Engine,
  name: CloudPackage,
  config: Readonly<Record<string, string>>,
  resource: ResourceState,
  lookup: Extract<PendingLookup, { kind: "byId" | "byMarker" }>,
): Promise<Seen | undefined> {
  const seen: Seen[] = [];
  const program = async () => {
    const use = { name, provider: name, version: "", config };
    const asked = provider(use, providerSecrets(engine.job)[name] ?? {});
    if (lookup.kind === "byMarker") {
      seen.push(...(await byMarker(lookup.tags, asked)));
      return;
    }
    const read = new UntypedResource(
      resource.type,
      "lookup",
      { tags: undefined, labels: undefined },
      { id: lookup.id, provider: asked },
    );
    const marks = ["tags", "labels"].map((field): unknown => Reflect.get(read, field));
    pulumi.all(marks).apply((values) => {
      const owner = values.map((value) => markOf({ tags: value })).find((mark) => mark !== undefined);
      seen.push({ id: lookup.id, owner });
      return values;
    });
  };
  const stack = await openThrowaway(engine, `lookup-${nameOfUrn(resource.urn)}`, program);
  await stack.up({ signal: engine.signal });
  if (seen.length > 1)
    throw new Error(`${seen.length} resources carry its marker: ${seen.map(({ id }) => id).join(", ")}`);
  return seen[0];
}

async function byMarker(
  tags: Readonly<Record<string, string>>,
  asked: pulumi.ProviderResource,
): Promise<readonly Seen[]> {
  const tagFilters = Object.entries(tags).map(([key, value]) => ({ key, values: [value] }));
  const token = "aws:resourcegroupstaggingapi/getResources:getResources";
  const answer: unknown = await pulumi.runtime.invoke(token, { tagFilters }, { provider: asked });
  const rows: unknown = isObject(answer) ? answer["resourceTagMappingLists"] : undefined;
  if (!Array.isArray(rows)) throw new Error("the tagging service gave no answer that can be read");
  return rows.flatMap((row: unknown): readonly Seen[] => {
    const arn = isObject(row) ? row["resourceArn"] : undefined;
    return typeof arn === "string" ? [{ id: idOfArn(arn), owner: tags[BLUEPRINT_TAG] }] : [];
  });
}
