// One operation of one job, run by the Automation API; what the engine says becomes events and one result.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { createSdkCatalog } from "../graph/catalog.ts";
import type { ResourceGraph } from "../graph/graph.ts";
import { changedOf, countSteps, gatherSteps, isEngineOnly, nameOfUrn } from "../plan/events.ts";
import { judgeReading, type DriftedResource } from "../plan/drift.ts";
import { loadMakers } from "../program/classes.ts";
import { createProgram, createProviderProgram, type Program } from "../program/program.ts";
import { adoptPending } from "./adopt.ts";
import { runCli } from "./cli.ts";
import { planStateDigest, recordedProviders, recordedResources } from "./deployment.ts";
import { engineEnvironment, providerSecrets } from "./environment.ts";
import { askIdentity } from "./identity.ts";
import { importResources, planImport } from "./import.ts";
import type { OperationJob, OperationRequest, OperationResult } from "./job.ts";
import type { Lifeline } from "./lifeline.ts";
import type { WorkerSetup } from "./wire.ts";
import { readState, reportState } from "./read-state.ts";
import { Refusal } from "./refusal.ts";
import { openStack, readSettings, stackName, writeSettings } from "./workspace.ts";

/** What an operation works with. */
export interface Engine {
  readonly job: OperationJob;
  readonly setup: WorkerSetup;
  readonly lifeline: Lifeline;
  /** Sees every engine event, for progress and diagnostics. */
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
}

type Of<K extends OperationRequest["kind"]> = Extract<OperationRequest, { kind: K }>;

/** Runs the job's operation. Rejects when the engine fails; the caller classifies. */
export async function runEngine(engine: Engine): Promise<OperationResult> {
  const { request } = engine.job;
  switch (request.kind) {
    case "plan":
      return plan(engine, request);
    case "apply":
      return apply(engine, request);
    case "import":
      return importResources(engine, request);
    case "readState":
      return reportState(engine, request);
    case "planImport":
      return planImport(engine, request);
    case "driftCheck":
      return driftCheck(engine);
    case "refresh":
      return refresh(engine, request);
    case "planDestroy":
      return planDestroy(engine);
    case "destroy":
      return destroy(engine, request);
    case "abandon":
      return abandon(engine);
    case "identity":
      return { kind: "identity", identity: await askIdentity(engine, request) };
  }
}

async function plan(engine: Engine, { graph, refresh: first, imports }: Of<"plan">): Promise<OperationResult> {
  const { stack } = await openGraph(engine, imports === "shown" ? graph : adopted(graph));
  const before = await digest(engine);
  const steps = gatherSteps("before");
  const file = join(engine.setup.folder, "plan.json");
  await stack.preview({ plan: file, refresh: first === "first", ...watched(engine, steps) });
  // A state that moved while it was previewed would bind the plan to something that never was.
  if ((await digest(engine)) !== before)
    throw new Refusal("PlanDiffers", "replan", "the state changed while the plan was made; make a new plan");
  const saved = gzipSync(await readFile(file)).toString("base64");
  return {
    kind: "planned",
    steps: steps.steps(),
    counts: steps.counts(),
    stateDigest: before,
    saved: {
      encoding: "gzip+base64",
      data: saved,
      ...(first === "first" && { refresh: first }),
      ...(await readSettings(engine.job, engine.setup)),
    },
  };
}

async function apply(engine: Engine, { graph, plan: saved, stateDigest }: Of<"apply">): Promise<OperationResult> {
  await assertState(engine, stateDigest);
  await writeSettings(engine.job, engine.setup, saved);
  const { stack, program } = await openGraph(engine, adopted(graph));
  const file = join(engine.setup.folder, "plan.json");
  await writeFile(file, gunzipSync(Buffer.from(saved.data, "base64")), { mode: 0o600 });
  const steps = gatherSteps("after");
  // Without asking the cloud again, the engine would find the state equal to the program and heal nothing.
  await stack.up({ plan: file, refresh: saved.refresh === "first", ...watched(engine, steps) });
  return { kind: "applied", steps: steps.steps(), counts: steps.counts(), ...(await program.collect()) };
}

async function driftCheck(engine: Engine): Promise<OperationResult> {
  const stack = await openRecorded(engine);
  const found = new Map<string, DriftedResource>();
  let checked = 0;
  await stack.previewRefresh({
    runProgram: true,
    signal: engine.signal,
    onEvent: (event) => {
      engine.onEvent(event);
      const metadata = event.resOutputsEvent?.metadata;
      if (metadata === undefined || isEngineOnly(metadata.type)) return;
      checked += 1;
      const { urn, type } = metadata;
      const named = { urn, type, name: nameOfUrn(urn) };
      const changed = changedOf(metadata);
      if (metadata.op === "delete") found.set(urn, { kind: "deleted", ...named, changed: [] });
      else if (metadata.op === "update" || changed.length > 0) found.set(urn, { kind: "changed", ...named, changed });
    },
  });
  return { kind: "drift", report: judgeReading(checked, [...found.values()]) };
}

async function refresh(engine: Engine, { pendingCreates }: Of<"refresh">): Promise<OperationResult> {
  if (pendingCreates === "adopt") return { kind: "refreshed", counts: await adoptPending(engine) };
  const stack = await openRecorded(engine);
  const steps = gatherSteps("after");
  await stack.refresh({ runProgram: true, ...watched(engine, steps) });
  return { kind: "refreshed", counts: steps.counts() };
}

async function planDestroy(engine: Engine): Promise<OperationResult> {
  const before = await digest(engine);
  const stack = await openRecorded(engine);
  const steps = gatherSteps("before");
  await stack.previewDestroy({ runProgram: true, ...watched(engine, steps) });
  return { kind: "planned", steps: steps.steps(), counts: steps.counts(), stateDigest: before };
}

async function destroy(engine: Engine, { stateDigest }: Of<"destroy">): Promise<OperationResult> {
  if (stateDigest !== undefined) await assertState(engine, stateDigest);
  const stack = await openRecorded(engine);
  const steps = gatherSteps("after");
  await stack.destroy({ runProgram: true, ...watched(engine, steps) });
  const left = await readState(engine);
  const remaining = recordedResources(left.deployment);
  if (remaining.length > 0)
    throw new Error(`destroy ended with ${remaining.length} resources left: ${remaining.slice(0, 5).join(", ")}`);
  return { kind: "destroyed", counts: countSteps(steps.steps()) };
}

async function abandon(engine: Engine): Promise<OperationResult> {
  const { job, setup, lifeline } = engine;
  const state = await readState(engine);
  const stack = await openRecorded(engine);
  const args = ["stack", "rm", "--yes", "--force", "--stack", stackName(job), "--non-interactive"];
  await runCli(setup.cli, args, stack.workspace.workDir, engineEnvironment(job, setup.folder), lifeline);
  return { kind: "abandoned", resources: recordedResources(state.deployment) };
}

/** The graph once its imports are in the state: one that was lost since is made anew, through the gates of a creation. */
function adopted(graph: ResourceGraph): ResourceGraph {
  const nodes = graph.nodes.map((node) => {
    const { importId: _, ...options } = node.options;
    return { ...node, options };
  });
  return { ...graph, nodes };
}

async function openGraph(engine: Engine, graph: ResourceGraph): Promise<{ stack: Stack; program: Program }> {
  const { job, setup, lifeline } = engine;
  const makers = await loadMakers(new Set(graph.nodes.map(({ type }) => type)), createSdkCatalog());
  const program = createProgram(graph, makers, providerSecrets(job));
  return { stack: await openStack(job, setup, program.run, lifeline), program };
}

/** A stack without its source: the program only renews the credentials of the providers that the state records. */
async function openRecorded(engine: Engine): Promise<Stack> {
  const { job, setup, lifeline } = engine;
  const state = await readState(engine);
  const providers = recordedProviders(state);
  const program: PulumiFn = createProviderProgram(providers, providerSecrets(job));
  return openStack(job, setup, program, lifeline);
}

function watched(engine: Engine, steps: { add(event: EngineEvent): void }) {
  return {
    signal: engine.signal,
    onEvent: (event: EngineEvent) => {
      steps.add(event);
      engine.onEvent(event);
    },
  };
}

async function digest(engine: Engine): Promise<string> {
  return planStateDigest(await readState(engine));
}

/** The state service's own digest knows the secrets; whoever holds its lease compares that one before the job is made. */
async function assertState(engine: Engine, expected: string): Promise<void> {
  if (engine.job.backend.kind === "service") return;
  if ((await digest(engine)) === expected) return;
  throw new Refusal("PlanDiffers", "replan", "the state is not the one the plan was made from; make a new plan");
}
