// Reads where the API server is and how to prove who we are, from a kubeconfig file or a Pod's service account.
//
// client-node's KubeConfig is not used for this: its config module imports the whole generated client (84 MB and about
// 0.7 s even by sub-path), reads `tokenFile` only once, and knows no exec API beyond v1beta1's plain form. It is imported
// lazily, for the legacy auth-provider plugins only (auth-provider.ts).
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";

import { parse } from "yaml";

import type { KubeOptions } from "./options.ts";
import { asArray, asRecord, asText } from "./json.ts";
import type { JsonRecord } from "./json.ts";

/** Bytes that stay, or a file that may change under us. */
export type Material =
  | { readonly kind: "data"; readonly data: Buffer }
  | { readonly kind: "file"; readonly path: string };

/** `exec` of a kubeconfig user: a command that prints an ExecCredential. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
}

export interface Identity {
  readonly clientCertificate?: Material;
  readonly clientKey?: Material;
  readonly token?: Material;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecPlugin;
  /** A legacy auth-provider (oidc, gcp, azure), and the file that client-node will read it from. */
  readonly provider?: { readonly name: string; readonly path: string; readonly context: string };
  readonly impersonate: Readonly<Record<string, string | readonly string[]>>;
}

/** Everything needed to talk to one API server. */
export interface Connection {
  /** Without a slash at its end. */
  readonly server: string;
  readonly namespace: string;
  /** Name of the kubeconfig's context; absent for the service account of a Pod. */
  readonly context?: string;
  readonly ca: Material | undefined;
  readonly tlsServerName: string | undefined;
  readonly skipTlsVerify: boolean;
  readonly proxyUrl: string | undefined;
  readonly identity: Identity;
}

/** The kubeconfig can't be used; the message says what to do. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

const serviceAccountRoot = "/var/run/secrets/kubernetes.io/serviceaccount";

/** KUBECONFIG, or ~/.kube/config: where kubectl looks. May name several files, separated as in PATH. */
export function defaultKubeConfigPath(env: NodeJS.ProcessEnv): string {
  return env.KUBECONFIG !== undefined && env.KUBECONFIG !== "" ? env.KUBECONFIG : join(homedir(), ".kube", "config");
}

/** Reads the source once. Files it names are read later, and again when they change. Rejects with KubeConfigError. */
export async function loadKubeConfig(
  source: KubeOptions["kubeconfig"],
  options: { readonly context?: string; readonly env?: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Connection> {
  if ("inCluster" in source) return inCluster(options.env ?? process.env, options.signal);
  const documents = await Promise.all(
    source.path
      .split(delimiter)
      .filter((path) => path !== "")
      .map((path) => readConfig(path, options.signal)),
  );
  const contextName =
    options.context ??
    documents.map((each) => asText(each.content["current-context"])).find((name) => name !== "") ??
    "";
  const context = find(documents, "contexts", "context", contextName);
  if (context === undefined) throw unknownContext(source.path, contextName, documents);
  const clusterName = asText(context.entry.cluster);
  const cluster = find(documents, "clusters", "cluster", clusterName);
  if (cluster === undefined)
    throw new KubeConfigError(
      `context "${contextName}" of ${source.path} names cluster "${clusterName}", which is not there`,
    );
  const userName = asText(context.entry.user);
  const user = find(documents, "users", "user", userName);
  if (user === undefined && userName !== "")
    throw new KubeConfigError(
      `context "${contextName}" of ${source.path} names user "${userName}", which is not there`,
    );

  const server = asText(cluster.entry.server).replace(/\/+$/, "");
  if (!/^https?:\/\//.test(server))
    throw new KubeConfigError(
      `cluster "${clusterName}" of ${source.path} has no usable server: "${server}" is not an http(s) URL`,
    );
  return {
    server,
    namespace: asText(context.entry.namespace) || "default",
    context: contextName,
    ca: material(cluster, "certificate-authority"),
    tlsServerName: asText(cluster.entry["tls-server-name"]) || undefined,
    skipTlsVerify: cluster.entry["insecure-skip-tls-verify"] === true,
    proxyUrl: asText(cluster.entry["proxy-url"]) || undefined,
    identity: user === undefined ? { impersonate: {} } : identityOf(user, contextName),
  };
}

interface Document {
  readonly path: string;
  readonly content: JsonRecord;
}

interface Entry {
  readonly path: string;
  readonly entry: JsonRecord;
}

async function readConfig(path: string, signal: AbortSignal): Promise<Document> {
  let text: string;
  try {
    text = await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new KubeConfigError(
      `the kubeconfig ${path} can't be read: give --kubeconfig, or set KUBECONFIG to a file that exists`,
      {
        cause: error,
      },
    );
  }
  try {
    return { path, content: asRecord(parse(text)) };
  } catch (error) {
    throw new KubeConfigError(`the kubeconfig ${path} is not YAML: ${String(error)}`, { cause: error });
  }
}

function find(documents: readonly Document[], list: string, field: string, name: string): Entry | undefined {
  for (const { path, content } of documents)
    for (const each of asArray(content[list]).map(asRecord))
      if (each.name === name) return { path, entry: asRecord(each[field]) };
  return undefined;
}

function unknownContext(path: string, name: string, documents: readonly Document[]): KubeConfigError {
  const known = documents.flatMap((each) =>
    asArray(each.content.contexts).map((context) => asText(asRecord(context).name)),
  );
  return new KubeConfigError(
    name === ""
      ? `the kubeconfig ${path} has no current-context: name one of ${known.join(", ") || "(it has none)"}`
      : `the kubeconfig ${path} has no context "${name}": it has ${known.join(", ") || "none"}`,
  );
}

/** `NAME-data` (base64) wins over `NAME` (a path, relative to the kubeconfig), as in client-go. */
function material(from: Entry, name: string): Material | undefined {
  const data = asText(from.entry[`${name}-data`]);
  if (data !== "") return { kind: "data", data: Buffer.from(data, "base64") };
  const path = asText(from.entry[name]);
  if (path === "") return undefined;
  return { kind: "file", path: isAbsolute(path) ? path : resolve(dirname(from.path), path) };
}

function identityOf(user: Entry, context: string): Identity {
  const { entry } = user;
  const certificate = material(user, "client-certificate");
  const key = material(user, "client-key");
  const tokenFile = asText(entry.tokenFile);
  const token: Material | undefined =
    tokenFile !== ""
      ? { kind: "file", path: isAbsolute(tokenFile) ? tokenFile : resolve(dirname(user.path), tokenFile) }
      : asText(entry.token) !== ""
        ? { kind: "data", data: Buffer.from(asText(entry.token)) }
        : undefined;
  const provider = asText(asRecord(entry["auth-provider"]).name);
  return {
    ...(certificate && { clientCertificate: certificate }),
    ...(key && { clientKey: key }),
    ...(token && { token }),
    ...(asText(entry.username) !== "" && {
      basic: { username: asText(entry.username), password: asText(entry.password) },
    }),
    ...(entry.exec !== undefined && { exec: execOf(asRecord(entry.exec), user.path) }),
    ...(provider !== "" && { provider: { name: provider, path: user.path, context } }),
    impersonate: impersonation(entry),
  };
}

function execOf(exec: JsonRecord, path: string): ExecPlugin {
  const command = asText(exec.command);
  if (command === "") throw new KubeConfigError(`an exec user of ${path} names no command`);
  return {
    apiVersion: asText(exec.apiVersion) || "client.authentication.k8s.io/v1",
    command: command.includes("/") && !isAbsolute(command) ? resolve(dirname(path), command) : command,
    args: asArray(exec.args).map(asText),
    env: Object.fromEntries(
      asArray(exec.env).map((each) => [asText(asRecord(each).name), asText(asRecord(each).value)]),
    ),
    installHint: asText(exec.installHint),
    provideClusterInfo: exec.provideClusterInfo === true,
  };
}

function impersonation(entry: JsonRecord): Record<string, string | readonly string[]> {
  const extra = Object.entries(asRecord(entry["as-user-extra"])).map(([name, values]) => [
    `Impersonate-Extra-${encodeURIComponent(name)}`,
    asArray(values).map(asText),
  ]);
  const groups = asArray(entry["as-groups"]).map(asText);
  return {
    ...(asText(entry.as) !== "" && { "Impersonate-User": asText(entry.as) }),
    ...(asText(entry["as-uid"]) !== "" && { "Impersonate-Uid": asText(entry["as-uid"]) }),
    ...(groups.length > 0 && { "Impersonate-Group": groups }),
    ...Object.fromEntries(extra),
  };
}

/** The service account's token and CA, where every Pod finds them; both rotate in place. */
async function inCluster(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Connection> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port)
    throw new KubeConfigError(
      "this process runs in no Pod (KUBERNETES_SERVICE_HOST is not set): give --kubeconfig FILE",
    );
  const namespace = await readFile(join(serviceAccountRoot, "namespace"), { encoding: "utf8", signal }).catch(
    () => "default",
  );
  signal.throwIfAborted();
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim(),
    ca: { kind: "file", path: join(serviceAccountRoot, "ca.crt") },
    tlsServerName: undefined,
    skipTlsVerify: false,
    proxyUrl: undefined,
    identity: { token: { kind: "file", path: join(serviceAccountRoot, "token") }, impersonate: {} },
  };
}
