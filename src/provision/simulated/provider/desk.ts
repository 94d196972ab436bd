// Where every operation passes: faults before and after, the call log, errors in the provider's words.
import type { Clock, Random } from "../../../kube/clock.ts";
import type { CallLog } from "../calls.ts";
import type { CloudPackage } from "../contract.ts";
import { CloudError, generalRefusal, providerMessage } from "../errors.ts";
import type { Fault, FaultBoard } from "../faults.ts";
import { uuidOf } from "../identity.ts";

export interface DeskParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: CallLog;
  readonly faults: FaultBoard;
}

/** One operation on one thing. */
export interface Job {
  readonly package: CloudPackage;
  readonly operation: string;
  /** Type or function token. */
  readonly type: string;
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly urn?: string;
  readonly preview?: boolean;
}

const doing: Readonly<Record<string, string>> = {
  create: "creating",
  read: "reading",
  update: "updating",
  delete: "deleting",
};

/** Previews, checks and diffs ask the cloud nothing, so faults that need no explicit `operation` leave them alone. */
const cloudOperations: readonly string[] = ["create", "read", "update", "delete", "invoke"];

/** Runs `work` under the faults that match; rejects with an Error in the words of the provider. */
export async function carryOut<T>(parts: DeskParts, job: Job, signal: AbortSignal, work: () => T): Promise<T> {
  const started = parts.clock.monotonic();
  const at = parts.clock.now();
  const record = (outcome: string) => {
    const { package: pkg, operation, type, id, account, urn, preview } = job;
    const optional = { ...(urn === undefined ? {} : { urn }), ...(preview === undefined ? {} : { preview }) };
    parts.calls.add({
      at,
      package: pkg,
      operation,
      type,
      id,
      account,
      ...optional,
      durationMs: Math.round(parts.clock.monotonic() - started),
      outcome,
    });
  };
  try {
    const result = await underFaults(parts, job, signal, work);
    record("ok");
    return result;
  } catch (error) {
    const requestId = uuidOf(`${at} ${parts.random()}`);
    const told =
      error instanceof CloudError
        ? new Error(providerMessage(job.package, error, doing[job.operation] ?? job.operation, job.type, requestId))
        : error;
    record(told instanceof Error ? told.message : String(told));
    throw told;
  }
}

async function underFaults<T>(parts: DeskParts, job: Job, signal: AbortSignal, work: () => T): Promise<T> {
  const isAsked = job.preview !== true && cloudOperations.includes(job.operation);
  const hits = parts.faults.hit(job).filter((fault) => isAsked || fault.match.operation === job.operation);
  for (const fault of hits) await before(parts, fault, job, signal);
  signal.throwIfAborted();
  const result = work();
  const partial = hits.find((fault) => fault.kind === "partial");
  if (partial === undefined) return result;
  if (partial.answer !== "error") await never(signal);
  throw new CloudError(
    "failed",
    generalRefusal(job.package, "failed", job.type).code,
    partial.message ?? "connection reset by peer while waiting for the answer",
  );
}

async function before(parts: DeskParts, fault: Fault, job: Job, signal: AbortSignal): Promise<void> {
  if (fault.latencyMs !== undefined || fault.kind === "slow") await parts.clock.sleep(fault.latencyMs ?? 5_000, signal);
  const label = job.id === "" ? job.type : job.id;
  const kind = refusals[fault.kind];
  if (kind === undefined) return;
  const refusal = generalRefusal(job.package, kind, label);
  throw fault.message === undefined ? refusal : new CloudError(refusal.kind, refusal.code, fault.message);
}

const refusals: Readonly<Record<string, "throttled" | "quota" | "failed" | "denied" | "unavailable">> = {
  throttle: "throttled",
  quota: "quota",
  error: "failed",
  denied: "denied",
  outage: "unavailable",
};

/** Waits until the caller gives up. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(signal.reason instanceof Error ? signal.reason : new Error("cancelled"));
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}
