// `dharma policy replay`: decides a plan again, as it was or by other rules, and shows what would be different.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blueprintRuns, blueprints, type BlueprintRun } from "../api/index.ts";
import { exceptAnnotation, readExcept } from "../controllers/attestation/exceptions.ts";
import { isKubeError, type Kube, systemClock } from "../kube/index.ts";
import {
  buildBundle,
  type Bundle,
  BundleError,
  builtInName,
  compareDecisions,
  compiledBundle,
  directorySource,
  type DecisionPoint,
  type EffectiveSettings,
  expiryOf,
  loadBundle,
  readKept,
  readPast,
  readReplayFile,
  type Replayable,
  replayDecision,
  replayFile,
  settingsFor,
  verify,
} from "../policy/index.ts";
import { findTool, tools } from "../local/tools/index.ts";
import { CommandError } from "./connect.ts";
import { ask } from "./export.ts";
import { currentSettings, type SettingsPlace } from "./policy-settings.ts";
import { type Replay, replayLines } from "./print-replay.ts";
import { blueprintNamed, runsOf } from "./runs.ts";

export interface ReplayRequest {
  /** Compiled bundles, and folders of policies (or `built-in`); none: the built-in ones of this installation. */
  readonly bundles: readonly string[];
  readonly policies: readonly string[];
  readonly opa?: string | undefined;
  readonly format: "table" | "json";
}

/** What is printed, and whether today's answer is the recorded one; undefined where none is recorded. */
export interface ReplayOutcome {
  readonly text: string;
  readonly same: boolean | undefined;
}

/** A run, or the newest run with a decision of a Blueprint, and its input from the operator. */
export async function fetchReplayable(
  kube: Kube,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly run: BlueprintRun; readonly replayable: Replayable }> {
  const run = await runNamed(kube, namespace, name, signal);
  const recorded = (run.status?.decisions ?? []).findLast(({ point }) => point === "Plan");
  const past = readPast(recorded);
  if (past === undefined)
    throw new CommandError(`Run ${run.metadata.name} has no decision: its plan was never judged.`);
  if (past.inputDigest === undefined)
    throw new CommandError(
      `The input of run ${run.metadata.name} was not kept: it was too large, or the operator was older then.`,
    );
  const blueprint = await blueprintNamed(kube, namespace, run.spec.blueprintRef.name, signal);
  const subject = { kind: "decision", run: run.metadata.uid ?? "" } as const;
  const kept = readKept(await ask(kube, blueprint, subject, signal));
  if (kept === undefined) throw new CommandError("The operator's answer can't be read: use a dharma of its version.");
  return { run, replayable: { kept, past } };
}

/** An input of a file. */
export async function fileReplayable(path: string, point: DecisionPoint): Promise<Replayable> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CommandError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const read = readReplayFile(text, point);
  if (typeof read === "string") throw new CommandError(`${path} can't be replayed: ${read}.`);
  return read;
}

/** Writes what `--file` reads. */
export async function saveReplayable(path: string, replayable: Replayable, run: string): Promise<void> {
  await writeFile(path, replayFile(replayable, run), { mode: 0o600 }).catch((error: unknown) => {
    throw new CommandError(`${path} can't be written: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** What would hold for the run's Blueprint now. */
export async function settingsNow(
  kube: Kube,
  place: SettingsPlace,
  run: BlueprintRun,
  now: number,
  signal: AbortSignal,
): Promise<EffectiveSettings> {
  const { settings, exceptions } = await currentSettings(kube, place, now, signal);
  const { namespace = "" } = run.metadata;
  const general = exceptions.flatMap(({ namespaces = [namespace], ...exception }) =>
    namespaces.includes(namespace) ? [exception] : [],
  );
  const { name } = run.spec.blueprintRef;
  const { metadata } = await kube.get(blueprints, { namespace, name }, { signal });
  const read = readExcept(metadata.annotations?.[exceptAnnotation] ?? "[]");
  const own = (typeof read === "string" ? [] : read).map(({ expireTime, ...exception }, index) => ({
    name: `${name}-${index + 1}`,
    ...exception,
    owner: "the Blueprint's annotation",
    expireTime: expiryOf(expireTime) ?? expireTime,
  }));
  return settingsFor(settings, namespace, [...general, ...own]);
}

/** Decides again and compares. `of` names what is replayed, for people. */
export async function replay(
  { kept, past }: Replayable,
  of: string,
  settings: EffectiveSettings | undefined,
  request: ReplayRequest,
  signal: AbortSignal,
): Promise<ReplayOutcome> {
  const verified = verify({ kept, ...(past === undefined ? {} : { past }) });
  if (verified === "another")
    throw new CommandError(`The input of ${of} is not the one its decision records: nothing can be told of it.`);
  const bundles = await bundlesOf(request, signal);
  const { decision, sameInput } = await replayDecision(kept, { bundles, settings, clock: systemClock, signal });
  const comparison = past === undefined ? undefined : compareDecisions(past, decision);
  const { input: _, ...now } = decision; // keyed by nothing anybody knows
  const done: Replay = {
    of,
    verified,
    settings: settings === undefined ? "recorded" : "current",
    sameInput,
    past,
    now,
    comparison,
  };
  const text =
    request.format === "json" ? `${JSON.stringify(done, undefined, 2)}\n` : `${replayLines(done).join("\n")}\n`;
  return { text, same: comparison?.same };
}

async function runNamed(kube: Kube, namespace: string, name: string, signal: AbortSignal): Promise<BlueprintRun> {
  try {
    return await kube.get(blueprintRuns, { namespace, name }, { signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
  }
  const runs = await runsOf(kube, await blueprintNamed(kube, namespace, name, signal), signal);
  const judged = runs.find(({ status }) => (status?.decisions?.length ?? 0) > 0);
  if (judged === undefined) throw new CommandError(`No plan of Blueprint ${name} was judged yet.`);
  return judged;
}

const builtInFolder = join(import.meta.dirname, "..", "..", "policies");

async function bundlesOf({ bundles, policies, opa }: ReplayRequest, signal: AbortSignal): Promise<readonly Bundle[]> {
  const folders = bundles.length === 0 && policies.length === 0 ? [builtInName] : policies;
  const compiler = opa ?? (await opaHere(signal));
  const fromFolder = async (folder: string): Promise<Bundle> => {
    if (folder === builtInName) return compiledBundle(builtInFolder, { opa: compiler, signal });
    const content = await directorySource(folder)(undefined, signal);
    return buildBundle(content?.files ?? new Map(), { name: folder, opa: compiler, signal });
  };
  try {
    return await Promise.all([...folders.map(fromFolder), ...bundles.map((path) => loadBundle(path, { signal }))]);
  } catch (error) {
    if (error instanceof BundleError) throw new CommandError(error.message);
    throw error;
  }
}

async function opaHere(signal: AbortSignal): Promise<string | undefined> {
  const tool = tools.find(({ name }) => name === "opa");
  return tool === undefined ? undefined : findTool(tool, process.env, signal);
}
