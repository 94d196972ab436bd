// Runs engine operations of one stage: with a token for the state service or on a named backend, with a ServiceAccount's token where asked.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Clock } from "../../kube/index.ts";
import type { Backend, OperationJob, OperationRequest, OperationResult } from "../../provision/index.ts";
import type { StackLease } from "../../provision/state/index.ts";
import { recordFrom, writeBackendRecord } from "../backed-state.ts";
import { separateToken } from "../credentials/service-account.ts";
import { TokenRefused } from "../credentials/tokens.ts";
import { clashOf, mirrorOf, type OpenedBackend, writes } from "./backend.ts";
import type { Credentials, RunOperation } from "./credentials.ts";
import type { RunDeps } from "./deps.ts";
import type { Stage, StageFailure } from "./stage.ts";

export interface StageEngine {
  readonly run: RunOperation;
  /** Before anything else: what a named backend holds now. Nothing to do for the state service. */
  look(): Promise<StageFailure | undefined>;
}

interface StageOf {
  readonly run: BlueprintRun;
  readonly blueprint: Blueprint;
  readonly stage: Stage;
  readonly lease: StackLease;
  /** Undefined: the state service keeps the state. */
  readonly opened: Extract<OpenedBackend, { kind: "ok" }> | undefined;
}

/** The engine of one stage. Operations never reject for what clouds, backends or the API server refuse. */
export function stageEngine(
  { run, blueprint, stage, lease, opened }: StageOf,
  deps: RunDeps,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): StageEngine {
  const { engine, state } = deps;
  const { organization, project, stack } = lease.stack;
  let number = 0;

  const serviceBackend = (request: OperationRequest): Backend => {
    const rights = stage === "apply" || request.kind === "refresh" ? "write" : "read";
    const expireTime = clock.now() + engine.deadlineMs + 60_000;
    const accessToken = state.issueToken({ lease, rights, expireTime, operation: run.metadata.name });
    return { kind: "service", url: state.url, accessToken };
  };

  const perform = async (request: OperationRequest, credentials: Credentials): Promise<OperationResult> => {
    signal.throwIfAborted();
    number += 1;
    const { variables, token } = separateToken(credentials);
    const job: OperationJob = {
      id: `${run.metadata.name}-${stage}-${number}`,
      namespace: blueprint.metadata.namespace ?? "",
      stack: { organization, project, name: stack },
      request,
      backend: opened?.backend ?? serviceBackend(request),
      plugins: engine.plugins,
      credentials: variables,
      deadlineMs: engine.deadlineMs,
    };
    const operate = () => engine.pool.runOperation(job, { signal });
    if (token === undefined) return operate();
    try {
      return await deps.tokens.holding(token, signal, operate);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return refused("MissingCredentials", error.message);
    }
  };
  if (opened === undefined) return { run: perform, look: async () => undefined };

  const { name, backend } = opened;
  const mirror = mirrorOf(name, state, lease, (request) => perform(request, {}), signal);
  return {
    look: () => mirror.look(),
    async run(request, credentials) {
      const clash = clashOf(backend, credentials);
      if (clash !== undefined) {
        const message = `the state backend ${name} and the cloud credentials both set ${clash}, and one process has one value: use credentials of another kind, or a backend URL that names its own profile`;
        return refused("InvalidCredentials", message);
      }
      if (!writes(request)) return perform(request, credentials);
      await mirror.unsettle();
      const result = await perform(request, credentials);
      if (result.kind === "destroyed") {
        // Nothing is left in it: the backend need not keep an empty stack for ever.
        await perform({ kind: "abandon" }, credentials);
        await writeBackendRecord(state, lease.stack, recordFrom(name, "", { version: 3 }), signal);
        return result;
      }
      // A failed look leaves the record unsettled: the next stage looks again.
      await mirror.look();
      return result;
    },
  };
}

function refused(reason: "MissingCredentials" | "InvalidCredentials", message: string): OperationResult {
  return { kind: "failed", failure: { reason, action: "waitForInput", message, partial: false } };
}
