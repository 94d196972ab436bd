// Adopting what exists already: planned, then carried out exactly so. The engine refuses an import whose inputs are not those of
// the cloud, so a resource is adopted as it is (every difference ignored); the next ordinary plan shows what the spec would change.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { ResourceGraph, ResourceNode, Value } from "../graph/graph.ts";
import { countSteps, gatherSteps, nameOfUrn } from "../plan/events.ts";
import { createAdoptionProgram, type FoundResource } from "../program/program.ts";
import { isObject, type VersionedDeployment } from "../state/deployment.ts";
import { BLUEPRINT_LABEL, BLUEPRINT_TAG } from "../components/naming.ts";
import { planStateDigest } from "./deployment.ts";
import type { Engine } from "./engine.ts";
import { providerSecrets } from "./environment.ts";
import type { OperationRequest, OperationResult } from "./job.ts";
import { markOf } from "./mark.ts";
import { readState } from "./read-state.ts";
import { Refusal } from "./refusal.ts";
import { openStack, readSettings, writeSettings } from "./workspace.ts";

type Of<K extends OperationRequest["kind"]> = Extract<OperationRequest, { kind: K }>;

/** Previews the import of all that the state does not hold yet. Refuses what another Blueprint has marked as its own. */
export async function planImport(engine: Engine, { graph }: Of<"planImport">): Promise<OperationResult> {
  const before = await readState(engine);
  const stateDigest = planStateDigest(before);
  const wanted = missingFrom(before, graph, engine);
  if (wanted.length === 0) return { kind: "planned", steps: [], counts: countSteps([]), stateDigest };
  const stack = await openImport(engine, graph, wanted);
  const steps = gatherSteps("before");
  const owners = ownersSeen();
  const file = join(engine.setup.folder, "plan.json");
  await stack.preview({ plan: file, ...watched(engine, wanted, [steps, owners]) });
  assertNotOwned(owners.found, graph);
  const planned = steps.steps().filter(({ op }) => op === "import");
  return {
    kind: "planned",
    steps: planned,
    counts: countSteps(planned),
    stateDigest,
    saved: {
      encoding: "gzip+base64",
      data: gzipSync(await readFile(file)).toString("base64"),
      ...(await readSettings(engine.job, engine.setup)),
    },
  };
}

/** Carries a planned import out. */
export async function importResources(
  engine: Engine,
  { graph, plan, stateDigest }: Of<"import">,
): Promise<OperationResult> {
  const before = await readState(engine);
  const moved = engine.job.backend.kind !== "service" && planStateDigest(before) !== stateDigest;
  if (moved) throw new Refusal("PlanDiffers", "replan", "the state is not the one the plan was made from; plan again");
  const wanted = missingFrom(before, graph, engine);
  if (plan === undefined || wanted.length === 0) return { kind: "imported", steps: [], counts: countSteps([]) };
  await writeSettings(engine.job, engine.setup, plan);
  const stack = await openImport(engine, graph, wanted);
  const file = join(engine.setup.folder, "plan.json");
  await writeFile(file, gunzipSync(Buffer.from(plan.data, "base64")), { mode: 0o600 });
  const steps = gatherSteps("after");
  await stack.up({ plan: file, ...watched(engine, wanted, [steps]) });
  const done = steps.steps().filter(({ op }) => op === "import");
  return { kind: "imported", steps: done, counts: countSteps(done) };
}

/** What is to be adopted and is not in the state under that id. */
function missingFrom(state: VersionedDeployment, graph: ResourceGraph, { job }: Engine): readonly FoundResource[] {
  const recorded = (state.deployment?.resources ?? []).filter((resource) => resource.delete !== true);
  return graph.nodes.flatMap((node): readonly FoundResource[] => {
    const id = node.options.importId;
    if (id === undefined || recorded.some((resource) => resource.type === node.type && resource.id === id)) return [];
    const names = [node.name, ...node.options.aliases];
    const other = recorded.find(({ type, urn }) => type === node.type && names.includes(nameOfUrn(urn)));
    if (other !== undefined) {
      const message = `${node.name} is ${other.id ?? "built"} already, so ${id} can't become it: take its options.import away, or adopt ${id} under a name of its own`;
      throw new Refusal("AlreadyExists", "waitForInput", message);
    }
    return [foundResource(node, id, graph, `${job.stack.name}::${job.stack.project}`)];
  });
}

function foundResource(node: ResourceNode, id: string, graph: ResourceGraph, home: string): FoundResource {
  const component = node.part === "" ? undefined : graph.components.find(({ name }) => name === node.owner);
  const parentType = component === undefined ? "" : `dharma:component:${component.type}`;
  const use = graph.packages.find(({ name }) => name === node.type.split(":")[0]);
  const prefix = parentType === "" ? "" : `${parentType}$`;
  return {
    id,
    resource: {
      type: node.type,
      urn: `urn:pulumi:${home}::${prefix}${node.type}::${node.name}`,
      inputs: {},
      ...(component === undefined ? {} : { parent: `urn:pulumi:${home}::${parentType}::${component.name}` }),
      ...(use === undefined ? {} : { provider: `::${use.provider}::` }),
    },
    // What is retained or protected must be so from the first moment: the next plan may never come.
    options: { ignoreChanges: ["*"], protect: node.options.protect, retainOnDelete: node.options.retain },
  };
}

async function openImport(engine: Engine, graph: ResourceGraph, wanted: readonly FoundResource[]): Promise<Stack> {
  const program = createAdoptionProgram(graph.packages, providerSecrets(engine.job), wanted);
  return openStack(engine.job, engine.setup, program, engine.lifeline);
}

function watched(engine: Engine, wanted: readonly FoundResource[], watchers: readonly Watcher[]) {
  return {
    // A component that was never built is made along: the engine would write a child without its parent.
    target: [
      ...new Set(wanted.flatMap(({ resource: { urn, parent } }) => (parent === undefined ? urn : [parent, urn]))),
    ],
    signal: engine.signal,
    onEvent: (event: EngineEvent) => {
      for (const watcher of watchers) watcher.add(event);
      engine.onEvent(event);
    },
  };
}

interface Watcher {
  add(event: EngineEvent): void;
}

/** Blueprints whose marker the resources carry, as the cloud tells. */
function ownersSeen(): Watcher & { readonly found: ReadonlyMap<string, string> } {
  const found = new Map<string, string>();
  return {
    found,
    add: ({ resOutputsEvent }) => {
      const state = resOutputsEvent?.metadata.new;
      const owner = markOf(state?.inputs ?? {}) ?? markOf(state?.outputs ?? {});
      if (resOutputsEvent !== undefined && owner !== undefined)
        found.set(nameOfUrn(resOutputsEvent.metadata.urn), owner);
    },
  };
}

function assertNotOwned(found: ReadonlyMap<string, string>, graph: ResourceGraph): void {
  for (const node of graph.nodes) {
    const owner = found.get(node.name);
    if (owner === undefined || owner === ownMark(node)) continue;
    const message = `${node.name}: ${node.options.importId ?? ""} carries the marker of another Blueprint (UID ${owner}): delete that one with deletionPolicy Retain and remove the tag ${BLUEPRINT_TAG} (label ${BLUEPRINT_LABEL}), or leave it there`;
    throw new Refusal("ResourceOwnedByAnother", "waitForInput", message);
  }
}

/** The marker this Blueprint would put on the node. */
function ownMark({ properties }: ResourceNode): string | undefined {
  const plain = Object.fromEntries(["tags", "labels"].map((field) => [field, literals(properties[field])]));
  return markOf(plain);
}

function literals(value: Value | undefined): Readonly<Record<string, unknown>> {
  if (value?.kind === "literal" && isObject(value.value)) return value.value;
  if (value?.kind !== "map") return {};
  return Object.fromEntries(
    Object.entries(value.entries).flatMap(([key, entry]) => (entry.kind === "literal" ? [[key, entry.value]] : [])),
  );
}
