// How each kind of bundle source is read: ConfigMaps from the cache, the rest from where it is.
import { type ConfigMap, secrets } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import {
  buildBundle,
  BundleError,
  type BundleEntry,
  bundleFetcher,
  configMapContent,
  type Credentials,
  directorySource,
  httpSource,
  ociSource,
  type ReadSource,
  type Transport,
} from "../../policy/index.ts";
import type { Informer } from "../../runtime/index.ts";
import type { Source } from "./bundles.ts";
import { policyLabel } from "./names.ts";

export interface SourcesOptions {
  readonly kube: Kube;
  /** The operator's namespace: where ConfigMaps and Secrets are looked up, and nowhere else. */
  readonly namespace: string;
  /** ConfigMaps with the label, of that namespace. */
  readonly configMaps: Informer<ConfigMap>;
  /** Path of the opa CLI. */
  readonly opa: string | undefined;
  readonly transport: Transport;
}

/** The source of an entry. */
export function sourceOf(entry: BundleEntry, options: SourcesOptions): Source {
  const { name } = entry;
  const { opa } = options;
  const fetch = bundleFetcher(
    readerOf(entry, options),
    (signal) => publicKeyOf(entry, options, signal),
    (files, publicKey, signal) => buildBundle(files, { name, publicKey, opa, signal }),
  );
  const configMap = entry.configMap?.name;
  return {
    fetch,
    changed: configMap === undefined ? undefined : (signal) => changeOf(configMap, options, signal),
  };
}

function readerOf(entry: BundleEntry, options: SourcesOptions): ReadSource {
  const { configMap, directory, http, oci } = entry;
  if (directory !== undefined) return directorySource(directory);
  if (configMap !== undefined) return (known) => Promise.resolve(readConfigMap(configMap.name, known, options));
  const credentials = (signal: AbortSignal) => credentialsOf(entry, options, signal);
  const { transport } = options;
  if (http !== undefined)
    return httpSource({ url: http.url, insecure: http.insecure === true, credentials, transport });
  if (oci !== undefined)
    return ociSource({ reference: oci.reference, insecure: oci.insecure === true, credentials, transport });
  throw new BundleError(`bundle ${entry.name} names no source`);
}

function readConfigMap(name: string, known: string | undefined, { configMaps, namespace }: SourcesOptions) {
  const found = configMaps.get({ namespace, name });
  if (found === undefined) {
    throw new BundleError(
      `there is no ConfigMap ${name} with the label ${policyLabel} in namespace ${namespace}: make it, or label it`,
    );
  }
  const content = configMapContent(name, found);
  return content.revision === known ? undefined : content;
}

/** Resolves when the ConfigMap is made, changed or deleted. */
function changeOf(name: string, { configMaps }: SourcesOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    configMaps.subscribe((change) => {
      if (!change.initial && (change.new ?? change.old)?.metadata.name === name) resolve();
    }, signal);
  });
}

async function publicKeyOf(
  { publicKey, publicKeyRef }: BundleEntry,
  options: SourcesOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (publicKeyRef === undefined) return publicKey;
  const { name, key = "publicKey" } = publicKeyRef;
  const pem = (await secretOf(name, options, signal))[key];
  if (pem === undefined)
    throw new BundleError(`Secret ${options.namespace}/${name} has no entry ${key}: put the PEM there`);
  return pem;
}

async function credentialsOf(
  { credentialsRef }: BundleEntry,
  options: SourcesOptions,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (credentialsRef === undefined) return undefined;
  const { token, username, password } = await secretOf(credentialsRef.name, options, signal);
  if (token !== undefined) return { kind: "token", token: token.trim() };
  if (username !== undefined && password !== undefined) return { kind: "password", username, password };
  throw new BundleError(
    `Secret ${options.namespace}/${credentialsRef.name} holds no credentials: give it token, or username and password`,
  );
}

/** Entries of a Secret of the operator's namespace. Rejects with BundleError where it isn't there. */
async function secretOf(
  name: string,
  { kube, namespace }: SourcesOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  try {
    const { data = {} } = await kube.get(secrets, { namespace, name }, { signal });
    return Object.fromEntries(
      Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, "base64").toString("utf8")]),
    );
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
    throw new BundleError(`there is no Secret ${namespace}/${name}: make it`, error);
  }
}
