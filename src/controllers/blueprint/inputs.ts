// The values behind a Blueprint's inputs and credentials, read on its author's behalf.
import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";
import type { Blueprint, BlueprintSpec, Input } from "../../api/index.ts";
import { blueprints, configMaps, secrets } from "../../api/index.ts";
import type { Keyring } from "../../audit/index.ts";
import type { Kube } from "../../kube/index.ts";
import type { Json, ResolvedInput } from "../../provision/index.ts";
import { attestedAuthor, referencesOf } from "../attestation/references.ts";
import type { CredentialEnvironment } from "../credentials/service-account.ts";
import { type CredentialSource, defaultCredentials, readCredentials } from "./credentials.ts";
import { found, Hindrance, missing, text } from "./hindrance.ts";
import type { Inputs } from "./observed.ts";

/** What reading inputs needs. */
export interface InputSources {
  readonly kube: Pick<Kube, "get">;
  readonly blueprint: (key: { namespace: string; name: string }) => Blueprint | undefined;
  /** A secret output of another Blueprint, which its status does not carry. */
  readonly secretOutput: (blueprint: Blueprint, output: string, signal: AbortSignal) => Promise<Json | undefined>;
  /** What the administrator lets a namespace use where a Blueprint names no credentials; undefined: nothing. */
  readonly defaultCredentials: (namespace: string, provider: string) => CredentialSource | undefined;
  /** Folder in which tokens of ServiceAccounts are kept for workers. */
  readonly tokenFolder: string;
  readonly attestationKeys: Keyring;
  /** Keys the digest of secrets. */
  readonly inputKey: Uint8Array;
  /** `sealed`: the spec comes out of the operator's own store, where only checked ones get. Default: the webhook's word is asked for. */
  readonly trust?: "attested" | "sealed";
  /** Version of the translation rules: another version may plan something else. */
  readonly translatorVersion: string;
}

/** Reads everything the spec refers to. Rejects only with the signal's reason or when the API server cannot be read. */
export async function resolveInputs(blueprint: Blueprint, sources: InputSources, signal: AbortSignal): Promise<Inputs> {
  try {
    const mayRead = sources.trust === "sealed" || attestedAuthor(sources.attestationKeys, blueprint) !== undefined;
    if (referencesOf(blueprint.spec).length > 0 && !mayRead) {
      const message =
        "the right of the spec's author to use what it refers to was not checked: apply the spec again while the admission webhook is up";
      throw new Hindrance("refused", "ReferenceUnattested", message);
    }
    const read = await Promise.all(
      (blueprint.spec.inputs ?? []).map(
        async (input) => [input.name, await readInput(blueprint, input, sources, signal)] as const,
      ),
    );
    const values = Object.fromEntries(read);
    const credentials = await readCredentials(blueprint, sources, signal);
    return { kind: "resolved", values, credentials, digest: digestOf(blueprint, values, credentials, sources) };
  } catch (error) {
    if (!(error instanceof Hindrance)) throw error;
    return { kind: error.kind, finding: { reason: error.reason, message: error.message } };
  }
}

/** Credentials alone, for destroying: undefined when they cannot be had any more, for whatever reason. */
export async function resolveCredentials(
  blueprint: Blueprint,
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment | undefined> {
  try {
    const attested =
      blueprint.spec.credentials === undefined || attestedAuthor(sources.attestationKeys, blueprint) !== undefined;
    return attested ? await readCredentials(blueprint, sources, signal) : undefined;
  } catch (error) {
    if (error instanceof Hindrance) return undefined;
    throw error;
  }
}

/** The administrator's credentials alone: for destroying what the Blueprint's own can't reach any more. */
export async function resolveDefaultCredentials(
  blueprint: Blueprint,
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment | undefined> {
  try {
    return await defaultCredentials(blueprint.metadata.namespace ?? "", blueprint.spec.provider, sources, signal);
  } catch (error) {
    if (error instanceof Hindrance) return undefined;
    throw error;
  }
}

async function readInput(
  blueprint: Blueprint,
  input: Input,
  sources: InputSources,
  signal: AbortSignal,
): Promise<ResolvedInput> {
  const namespace = blueprint.metadata.namespace ?? "";
  const { secretKeyRef, configMapKeyRef, blueprintRef, value } = input;
  if (secretKeyRef !== undefined) {
    const secret = await found(`Secret ${secretKeyRef.name}`, () =>
      sources.kube.get(secrets, { namespace, name: secretKeyRef.name }, { signal }),
    );
    const data = secret.data?.[secretKeyRef.key];
    if (data === undefined) throw missing(`Secret ${secretKeyRef.name} has no key ${secretKeyRef.key}: add it`);
    return { value: text(data), secret: true };
  }
  if (configMapKeyRef !== undefined) {
    const map = await found(`ConfigMap ${configMapKeyRef.name}`, () =>
      sources.kube.get(configMaps, { namespace, name: configMapKeyRef.name }, { signal }),
    );
    const data = map.data?.[configMapKeyRef.key];
    if (data === undefined)
      throw missing(`ConfigMap ${configMapKeyRef.name} has no key ${configMapKeyRef.key}: add it`);
    return { value: data, secret: false };
  }
  if (blueprintRef !== undefined) return readOutput(namespace, { namespace, ...blueprintRef }, sources, signal);
  return { value: value ?? null, secret: false };
}

async function readOutput(
  reader: string,
  ref: { namespace: string; name: string; output: string },
  sources: InputSources,
  signal: AbortSignal,
): Promise<ResolvedInput> {
  const { namespace, name, output } = ref;
  const source = sources.blueprint({ namespace, name });
  // One answer for what is absent and what is not shared elsewhere: names of other namespaces are not to be probed.
  if (namespace !== reader && !isShared(source, output, reader)) {
    const message = `Blueprint ${namespace}/${name} does not share its output ${output} with namespace ${reader}: add it to its shareOutputs`;
    throw new Hindrance("refused", "OutputNotShared", message);
  }
  if (source === undefined)
    throw missing(`${blueprints.kind} ${namespace}/${name} is not there: create it, or correct the name`);
  if (source.spec.outputs?.[output] === undefined) {
    const known = Object.keys(source.spec.outputs ?? {}).join(", ");
    throw missing(`Blueprint ${namespace}/${name} has no output ${output} (it has: ${known === "" ? "none" : known})`);
  }
  const published = source.status?.outputs?.[output];
  if (published !== undefined) return { value: asJson(published), secret: false };
  const hidden = await sources.secretOutput(source, output, signal);
  if (hidden !== undefined) return { value: hidden, secret: true };
  throw new Hindrance("waiting", "InputNotReady", `waits for output ${output} of Blueprint ${namespace}/${name}`);
}

function isShared(source: Blueprint | undefined, output: string, reader: string): boolean {
  return (source?.spec.shareOutputs ?? []).some(
    ({ outputs, namespaces }) => outputs.includes(output) && namespaces.includes(reader),
  );
}

function asJson(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
}

/** Fields that say how a Blueprint may change, not what it is: their change makes no plan. */
const controlFields: readonly (keyof BlueprintSpec)[] = [
  "description",
  "approval",
  "drift",
  "rollback",
  "deletionPolicy",
  "paused",
  "observeOnly",
  "ttl",
  "maintenanceWindows",
  "shareOutputs",
  "execution",
  "runHistoryLimit",
];

/** Equal for Blueprints that would plan the same. Secrets go in by keyed HMAC: the digest tells nothing about them. */
function digestOf(
  blueprint: Blueprint,
  values: Readonly<Record<string, ResolvedInput>>,
  credentials: Readonly<Record<string, string>>,
  { inputKey, translatorVersion }: InputSources,
): string {
  const hidden = (value: Json): string =>
    createHmac("sha256", inputKey)
      .update(canonicalize(value) ?? "")
      .digest("hex");
  const inputs = Object.entries(values).map(([name, { value, secret }]) => [
    name,
    secret,
    secret ? hidden(value) : value,
  ]);
  const spec = Object.fromEntries(
    Object.entries(blueprint.spec).filter(([name]) => !controlFields.some((field) => field === name)),
  );
  const all = { uid: blueprint.metadata.uid, spec, inputs, credentials: hidden(credentials), translatorVersion };
  return `sha256:${createHash("sha256")
    .update(canonicalize(all) ?? "")
    .digest("hex")}`;
}
