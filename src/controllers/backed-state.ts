// The state service for Blueprints whose state is kept elsewhere: leases, credentials and results stay with it, and of the state
// it knows what the last look at the backend recorded. Everything else passes through.
import { gunzipSync, gzipSync } from "node:zlib";
import type { Deployment, StackId, StackSummary, StateService, VersionedDeployment } from "../provision/state/index.ts";
import { isObject, secretSignature, signatureKey, StateError } from "../provision/state/index.ts";

/** What is known of a state in a named backend, kept sealed beside its lease. */
export interface BackendRecord {
  readonly backend: string;
  /** A write began and its end was not seen: what is there is not known until somebody looks. */
  readonly unsettled: boolean;
  readonly digest: string;
  readonly resourceCount: number;
  readonly pendingOperations: number;
  readonly outputs: { readonly values: Readonly<Record<string, unknown>>; readonly secret: readonly string[] };
  /** Resources with their inputs, as far as those fit; no outputs, no secrets. */
  readonly deployment: Deployment;
}

const artifact = "backend";
/** Inputs past this many bytes of JSON are left out: prices and policies then see types only. */
const mostBytes = 2 * 1024 * 1024;

/** The record; undefined for a stack that the state service keeps itself. */
export async function readBackendRecord(
  state: Pick<StateService, "find" | "getArtifact">,
  stack: StackId,
  signal: AbortSignal,
): Promise<BackendRecord | undefined> {
  const summary = await state.find(stack, signal);
  return summary === undefined ? undefined : recordOf(state, summary, signal);
}

/** Makes the record durable. */
export async function writeBackendRecord(
  state: Pick<StateService, "putArtifact">,
  stack: StackId,
  record: BackendRecord,
  signal: AbortSignal,
): Promise<void> {
  await state.putArtifact(stack, artifact, gzipSync(JSON.stringify(record)), signal);
}

/** A record of what a look at the backend found. */
export function recordFrom(backend: string, digest: string, { deployment = {} }: VersionedDeployment): BackendRecord {
  const resources = deployment.resources ?? [];
  const root = resources.find(({ type, delete: leaving }) => type === "pulumi:pulumi:Stack" && leaving !== true);
  const secret = new Set<string>();
  const values = Object.entries(root?.outputs ?? {}).map(([name, value]): [string, unknown] => [
    name,
    inClear(value, () => secret.add(name)),
  ]);
  const slim = resources.map(
    ({ urn, type, custom, delete: leaving, id, protect, retainOnDelete, inputs, provider }) => ({
      urn,
      type,
      ...(custom === undefined ? {} : { custom }),
      ...(leaving === undefined ? {} : { delete: leaving }),
      ...(id === undefined ? {} : { id }),
      ...(protect === undefined ? {} : { protect }),
      ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
      ...(provider === undefined ? {} : { provider }),
      ...(inputs === undefined || type.startsWith("pulumi:") ? {} : { inputs: masked(inputs) }),
    }),
  );
  const whole: Deployment = JSON.parse(JSON.stringify({ resources: slim }));
  const bare: Deployment = { resources: (whole.resources ?? []).map((resource) => ({ ...resource, inputs: {} })) };
  return {
    backend,
    unsettled: false,
    digest,
    resourceCount: resources.filter(({ type }) => type !== "pulumi:pulumi:Stack").length,
    pendingOperations: deployment.pending_operations?.length ?? 0,
    outputs: { values: Object.fromEntries(values), secret: [...secret] },
    deployment: JSON.stringify(whole).length > mostBytes ? bare : whole,
  };
}

/** Before a write: until its end is seen, something may have been made. */
export function unsettledRecord(backend: string, before: BackendRecord | undefined): BackendRecord {
  const empty = recordFrom(backend, "", { version: 3 });
  return { ...(before ?? empty), unsettled: true };
}

/** The state service with what the records say in place of the state it does not keep. */
export function backedState(state: StateService): StateService {
  const recordAt = (stack: StackId, signal: AbortSignal) => readBackendRecord(state, stack, signal);
  return {
    ...state,
    get url() {
      return state.url;
    },
    async find(stack, signal) {
      const summary = await state.find(stack, signal);
      if (summary === undefined) return undefined;
      const record = await recordOf(state, summary, signal);
      if (record === undefined) return summary;
      const pending = record.pendingOperations + (record.unsettled ? 1 : 0);
      return { ...summary, resourceCount: record.resourceCount, pendingOperations: pending };
    },
    exportStack: async (stack, signal) =>
      withRecord(await recordAt(stack, signal), ({ deployment }) => ({ version: 3, deployment })) ??
      state.exportStack(stack, signal),
    stateDigest: async (stack, signal) =>
      withRecord(await recordAt(stack, signal), ({ digest }) => digest) ?? state.stateDigest(stack, signal),
    outputs: async (stack, signal) =>
      withRecord(await recordAt(stack, signal), ({ outputs, deployment }) => ({ ...outputs, deployment })) ??
      state.outputs(stack, signal),
    async assertRoom(stack, moreResources, signal) {
      if ((await recordAt(stack, signal)) === undefined) await state.assertRoom(stack, moreResources, signal);
    },
    async remove(stack, mode, signal) {
      const record = await recordAt(stack, signal);
      const holds = record !== undefined && (record.unsettled || record.resourceCount + record.pendingOperations > 0);
      if (mode === "empty" && holds)
        throw new StateError("hasResources", `the backend ${record.backend} still holds resources of this stack`);
      await state.remove(stack, mode, signal);
    },
  };
}

/** For people: what the records leave out can't be given, so they are sent to the backend. */
export function exportableState(
  state: StateService,
): Pick<StateService, "exportStack" | "revealStack" | "getArtifact"> {
  const refused = async (stack: StackId, signal: AbortSignal): Promise<void> => {
    const record = await readBackendRecord(state, stack, signal);
    if (record !== undefined)
      throw new StateError(
        "invalid",
        `its state is in the backend ${record.backend}: use pulumi stack export there, with the stack ${stack.project}/${stack.stack}`,
      );
  };
  return {
    exportStack: async (stack, signal) => {
      await refused(stack, signal);
      return state.exportStack(stack, signal);
    },
    revealStack: async (stack, signal) => {
      await refused(stack, signal);
      return state.revealStack(stack, signal);
    },
    getArtifact: (stack, name, signal) => state.getArtifact(stack, name, signal),
  };
}

function withRecord<T>(record: BackendRecord | undefined, take: (record: BackendRecord) => T): T | undefined {
  return record === undefined ? undefined : take(record);
}

async function recordOf(
  state: Pick<StateService, "getArtifact">,
  { id, artifacts }: StackSummary,
  signal: AbortSignal,
): Promise<BackendRecord | undefined> {
  if (!artifacts.includes(artifact)) return undefined;
  const bytes = await state.getArtifact(id, artifact, signal);
  if (bytes === undefined) return undefined;
  // Written by writeBackendRecord and sealed in between: nobody else can have made it.
  const record: BackendRecord = JSON.parse(gunzipSync(bytes).toString("utf8"));
  return record;
}

function inClear(value: unknown, onSecret: () => void): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inClear(item, onSecret));
  if (!isObject(value)) return value;
  if (value[signatureKey] !== secretSignature)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inClear(item, onSecret)]));
  onSecret();
  const text = value["plaintext"];
  const inner: unknown = typeof text === "string" ? JSON.parse(text) : null;
  return inClear(inner, onSecret);
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item)]));
}
