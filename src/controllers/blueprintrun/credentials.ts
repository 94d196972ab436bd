// With whose rights a stage works, and whether they open the cloud the state belongs to.
import { createHash } from "node:crypto";
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import type { OperationRequest, OperationResult, ResourceGraph } from "../../provision/index.ts";
import type { StackSummary } from "../../provision/state/index.ts";
import { type InputSources, resolveCredentials, resolveDefaultCredentials } from "../blueprint/inputs.ts";
import { stackOfRun } from "../stack.ts";
import type { RunDeps } from "./deps.ts";
import type { StageFailure } from "./stage.ts";

/** The environment that providers see. */
export type Credentials = Readonly<Record<string, string>>;

/** Runs one engine operation with these credentials. */
export type RunOperation = (request: OperationRequest, credentials: Credentials) => Promise<OperationResult>;

export type Checked =
  | { readonly kind: "ok"; readonly credentials: Credentials; readonly identity: string | undefined }
  | { readonly kind: "failed"; readonly failure: StageFailure };

/**
 * Asks the cloud whose credentials these are and compares with the state: the first of `candidates` that opens the state's
 * cloud is used. Where the state has no resources any cloud will do.
 */
export async function checkIdentity(
  blueprint: Blueprint,
  candidates: readonly Credentials[],
  graph: ResourceGraph | undefined,
  summary: StackSummary | undefined,
  deps: RunDeps,
  run: RunOperation,
): Promise<Checked> {
  const [first] = candidates;
  if (first === undefined)
    return failed("MissingCredentials", "there are no credentials for the provider: set spec.credentials");
  const asked = deps.engine.providerConfig(graph, blueprint);
  if (asked === undefined) return { kind: "ok", credentials: first, identity: undefined };
  let refusal: Checked | undefined;
  for (const credentials of candidates) {
    const question = { ...asked, credentials };
    const recalled = deps.identities.recall(question);
    const answer: OperationResult =
      recalled === undefined
        ? await run({ kind: "identity", package: asked.package, config: asked.config }, credentials)
        : { kind: "identity", identity: recalled };
    if (recalled === undefined && answer.kind === "identity") deps.identities.remember(question, answer.identity);
    const verdict = judge(answer, credentials, summary);
    if (verdict.kind === "ok") return verdict;
    refusal ??= verdict;
  }
  return refusal ?? failed("MissingCredentials", "there are no credentials for the provider");
}

function judge(answer: OperationResult, credentials: Credentials, summary: StackSummary | undefined): Checked {
  if (answer.kind === "failed") {
    const { failure } = answer;
    return /invalid (aws )?(region|location)/i.test(failure.message)
      ? failed("WrongRegion", failure.message)
      : { kind: "failed", failure };
  }
  if (answer.kind !== "identity") return failed("InternalError", `the identity check answered ${answer.kind}`);
  const owned = summary?.cloudIdentity;
  const holds = (summary?.resourceCount ?? 0) > 0 || (summary?.pendingOperations ?? 0) > 0;
  if (owned !== undefined && holds && owned !== answer.identity) {
    const message = `the credentials open ${answer.identity}, the resources are in ${owned}; nothing was written: restore the credentials of that account, or delete this Blueprint and make a new one`;
    return failed("CloudIdentityChanged", message);
  }
  return { kind: "ok", credentials, identity: answer.identity };
}

/** Credentials to destroy with: what the Blueprint names now where it can still be read, then the sealed copy of the last apply. */
export async function credentialsToDestroy(
  run: BlueprintRun,
  blueprint: Blueprint,
  sources: InputSources,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<readonly Credentials[]> {
  const present = await resolveCredentials(blueprint, sources, signal);
  const sealed = await deps.state.openCredentials(stackOfRun(run), signal);
  const candidates: Credentials[] = present === undefined ? [] : [present];
  if (sealed !== undefined) {
    const opened: Credentials = JSON.parse(Buffer.from(sealed).toString("utf8"));
    if (present === undefined || digest(opened) !== digest(present)) candidates.push(opened);
  }
  // A ServiceAccount goes with its namespace, and with it what only a token of it could open.
  const last = await resolveDefaultCredentials(blueprint, sources, signal);
  if (last !== undefined && !candidates.some((each) => digest(each) === digest(last))) candidates.push(last);
  return candidates;
}

/** As openCredentials gives them back. */
export function sealable(credentials: Credentials): Uint8Array {
  return Buffer.from(JSON.stringify(credentials), "utf8");
}

function digest(credentials: Credentials): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(credentials).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest("hex");
}

function failed(reason: string, message: string): Checked {
  return { kind: "failed", failure: { reason, message, partial: false } };
}

/** The reads of a worker: not bound to a pass. */
export function sourcesOf(deps: RunDeps, kube: Pick<Kube, "get">): InputSources {
  return { ...deps.inputs, kube };
}
