// Where a stage's operations keep their state: with the state service, or in a backend the administrator named.
import type { Blueprint } from "../../api/index.ts";
import { secrets } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import type { Backend, OperationRequest, OperationResult } from "../../provision/index.ts";
import type { StackLease, StateService } from "../../provision/state/index.ts";
import { readBackendRecord, recordFrom, unsettledRecord, writeBackendRecord } from "../backed-state.ts";
import type { StageFailure } from "./stage.ts";

/** A backend by its name, with what the CLI needs to get there. */
export interface NamedBackend {
  readonly name: string;
  readonly url: string;
  /** Secret of the operator's namespace with the CLI's environment. */
  readonly secret: string | undefined;
}

/** What the operator knows of backends. */
export interface Backends {
  /** Those that a namespace may name. */
  forNamespace(namespace: string): readonly NamedBackend[];
  /** Where their Secrets are. */
  readonly namespace: string;
  /** The passphrase of a stack's secrets where the backend's Secret gives none. */
  passphraseFor(blueprintUid: string): string;
}

export type OpenedBackend =
  | { readonly kind: "ok"; readonly name: string; readonly backend: Extract<Backend, { kind: "url" }> }
  | { readonly kind: "failed"; readonly failure: StageFailure };

/** The backend that the spec names; undefined where the state service keeps the state. */
export async function openBackend(
  blueprint: Blueprint,
  backends: Backends,
  kube: Pick<Kube, "get">,
  signal: AbortSignal,
): Promise<OpenedBackend | undefined> {
  const name = blueprint.spec.state?.backendRef;
  if (name === undefined) return undefined;
  const found = backends.forNamespace(blueprint.metadata.namespace ?? "").find((each) => each.name === name);
  if (found === undefined)
    return failed(`there is no state backend ${name} any more: its administrator has to name it again`);
  try {
    const environment = found.secret === undefined ? {} : await environmentOf(found.secret, backends, kube, signal);
    const { PULUMI_CONFIG_PASSPHRASE: given, ...rest } = environment;
    const passphrase = given ?? backends.passphraseFor(blueprint.metadata.uid ?? "");
    return { kind: "ok", name, backend: { kind: "url", url: found.url, passphrase, environment: rest } };
  } catch (error) {
    if (!isKubeError(error, "notFound", "forbidden")) throw error;
    return failed(`the Secret ${found.secret ?? ""} of the state backend ${name} can't be read: ${error.message}`);
  }
}

async function environmentOf(
  name: string,
  { namespace }: Backends,
  kube: Pick<Kube, "get">,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = await kube.get(secrets, { namespace, name }, { signal });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Variables that backend and cloud credentials both set, and differently: one process sees one value. */
export function clashOf(
  backend: Extract<Backend, { kind: "url" }>,
  credentials: Readonly<Record<string, string>>,
): string | undefined {
  return Object.entries(backend.environment ?? {}).find(
    ([name, value]) => credentials[name] !== undefined && credentials[name] !== value,
  )?.[0];
}

export interface Mirror {
  /** Looks at the backend and records what it holds; after a write that was not seen to end, its locks are taken away first. */
  look(): Promise<StageFailure | undefined>;
  /** Before a write. */
  unsettle(): Promise<void>;
}

/** Keeps the record of one stack in step with its backend. `run` performs an operation there. */
export function mirrorOf(
  name: string,
  state: StateService,
  lease: StackLease,
  run: (request: OperationRequest) => Promise<OperationResult>,
  signal: AbortSignal,
): Mirror {
  return {
    async look() {
      const before = await readBackendRecord(state, lease.stack, signal);
      const held = before !== undefined && (before.unsettled || before.resourceCount + before.pendingOperations > 0);
      if (held && before.backend !== name) {
        const message = `its resources are recorded in the state backend ${before.backend}, not in ${name}: name that one again`;
        return { reason: "BackendUnknown", message, partial: false };
      }
      const found = await run({ kind: "readState", locks: before?.unsettled === true ? "broken" : "kept" });
      if (found.kind === "failed") return found.failure;
      if (found.kind !== "state") return { reason: "InternalError", message: `read as ${found.kind}`, partial: false };
      await writeBackendRecord(state, lease.stack, recordFrom(name, found.digest, found.deployment), signal);
      return undefined;
    },
    async unsettle() {
      const before = await readBackendRecord(state, lease.stack, signal);
      await writeBackendRecord(state, lease.stack, unsettledRecord(name, before), signal);
    },
  };
}

/** True for operations that may change the state. */
export function writes({ kind }: OperationRequest): boolean {
  return kind === "apply" || kind === "import" || kind === "refresh" || kind === "destroy" || kind === "abandon";
}

function failed(message: string): OpenedBackend {
  return { kind: "failed", failure: { reason: "BackendUnknown", message, partial: false } };
}
