// Models from the operator's namespace: ConfigMaps that hold one, or name one in an OCI registry.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type ConfigMap, secrets } from "../../api/index.ts";
import { type FoundModel, ModelError, type ModelFile, modelFile, type ModelSource } from "../../inference/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import { BundleError, type Credentials, ociSource, type Transport } from "../../policy/index.ts";
import type { Informer } from "../../runtime/index.ts";
import { modelEntries, modelLabel, ociEntries } from "./names.ts";

export interface ConfigMapModelsOptions {
  readonly kube: Kube;
  /** The operator's namespace: whoever may write there decides already what the operator does. */
  readonly namespace: string;
  /** ConfigMaps with the label, of that namespace. */
  readonly configMaps: Informer<ConfigMap>;
  readonly transport: Transport;
}

/** ConfigMaps with the label, as one source; a change is seen at once. */
export function configMapModels(options: ConfigMapModelsOptions): ModelSource {
  const { namespace, configMaps } = options;
  return {
    name: `ConfigMaps of ${namespace} labelled ${modelLabel}`,
    intervalMs: 60_000,
    look: async () => configMaps.list(namespace).map((configMap) => foundIn(configMap, options)),
    changed: (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        configMaps.subscribe((change) => {
          if (!change.initial) resolve();
        }, signal);
      }),
  };
}

function foundIn(configMap: ConfigMap, options: ConfigMapModelsOptions): FoundModel {
  const { namespace = "", name } = configMap.metadata;
  const origin = `ConfigMap ${namespace}/${name}`;
  const { data = {}, binaryData = {} } = configMap;
  const revision = createHash("sha256")
    .update(JSON.stringify([data, binaryData]))
    .digest("hex");
  const load = async (signal: AbortSignal): Promise<ModelFile> =>
    data[ociEntries.reference] === undefined ? held(origin, configMap) : pulled(origin, data, options, signal);
  return { origin, revision, load };
}

function held(origin: string, { data = {}, binaryData = {} }: ConfigMap): ModelFile {
  const text = (key: string): string | undefined => {
    const bytes = binaryData[key];
    return data[key] ?? (bytes === undefined ? undefined : Buffer.from(bytes, "base64").toString("utf8"));
  };
  const manifest = text(modelEntries.manifest);
  const model = binaryData[modelEntries.model];
  if (manifest === undefined || model === undefined)
    throw new ModelError(
      "Corrupt",
      `${origin} has no ${manifest === undefined ? modelEntries.manifest : `binary ${modelEntries.model}`}: give both (kubectl create configmap --from-file), or ${ociEntries.reference}`,
    );
  const file = modelFile(manifest, Buffer.from(model, "base64"), origin);
  const samples = text(modelEntries.samples);
  return samples === undefined ? file : { ...file, samples };
}

async function pulled(
  origin: string,
  data: Readonly<Record<string, string>>,
  options: ConfigMapModelsOptions,
  signal: AbortSignal,
): Promise<ModelFile> {
  const reference = data[ociEntries.reference]?.trim() ?? "";
  if (!/@sha256:[0-9a-f]{64}$/.test(reference))
    throw new ModelError(
      "NotAllowed",
      `${origin}: ${reference} may change: name it by digest, HOST/REPOSITORY@sha256:HEX`,
    );
  const files = await filesOf(origin, reference, data, options, signal);
  const found = (name: string): Uint8Array | undefined => files.get(name);
  const manifest = found(modelEntries.manifest);
  const model = found(modelEntries.model);
  if (manifest === undefined || model === undefined)
    throw new ModelError(
      "Corrupt",
      `${reference} holds no ${modelEntries.manifest} and ${modelEntries.model} at its top`,
    );
  const file = modelFile(Buffer.from(manifest).toString("utf8"), model, reference);
  const samples = found(modelEntries.samples);
  return samples === undefined ? file : { ...file, samples: Buffer.from(samples).toString("utf8") };
}

async function filesOf(
  origin: string,
  reference: string,
  data: Readonly<Record<string, string>>,
  options: ConfigMapModelsOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const read = ociSource({
      reference,
      insecure: data[ociEntries.insecure] === "true",
      credentials: (during) => credentialsOf(data[ociEntries.credentials], options, during),
      transport: options.transport,
    });
    const content = await read(undefined, signal);
    return new Map([...(content?.files ?? [])].map(([path, bytes]) => [posix.normalize(path), bytes]));
  } catch (error) {
    signal.throwIfAborted();
    // Registries come back, and Secrets are made: it is tried again.
    if (error instanceof BundleError || isKubeError(error))
      throw new ModelError("Unavailable", `${origin}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Of a Secret of the operator's namespace, with `token`, or `username` and `password`. */
async function credentialsOf(
  name: string | undefined,
  { kube, namespace }: ConfigMapModelsOptions,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (name === undefined) return undefined;
  const { data = {} } = await kube.get(secrets, { namespace, name }, { signal });
  const text = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], "base64").toString("utf8");
  const [token, username, password] = [text("token"), text("username"), text("password")];
  if (token !== undefined) return { kind: "token", token: token.trim() };
  if (username !== undefined && password !== undefined) return { kind: "password", username, password };
  throw new BundleError(`Secret ${namespace}/${name} holds no credentials: give it token, or username and password`);
}
