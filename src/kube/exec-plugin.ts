// Runs a kubeconfig exec plugin and reads the credential it prints.
// Source: k8s.io/client-go/pkg/apis/clientauthentication (ExecCredential v1), KEP-541.
import { execFile } from "node:child_process";

import type { Connection, ExecPlugin } from "./kubeconfig.ts";
import { KubeConfigError } from "./kubeconfig.ts";
import { asRecord, asText } from "./json.ts";

export interface ExecCredential {
  readonly token: string;
  readonly certificate: string;
  readonly key: string;
  /** Milliseconds since the epoch; undefined when it holds until the server refuses it. */
  readonly expires: number | undefined;
}

/** A plugin that takes longer is killed. */
const timeoutMs = 60_000;

/** Rejects with KubeConfigError when the plugin is missing, fails or prints something else. */
export async function runExecPlugin(
  plugin: ExecPlugin,
  connection: Connection,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(plugin.provideClusterInfo && { cluster: clusterInfo(connection) }) },
  };
  const env = { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const output = await new Promise<string>((resolve, reject) => {
    execFile(plugin.command, [...plugin.args], { env, signal, timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason);
      const missing = "code" in error && error.code === "ENOENT";
      const why = missing ? `is not installed. ${plugin.installHint}` : `failed: ${stderr.trim() || error.message}`;
      reject(new KubeConfigError(`the credential plugin ${plugin.command} ${why}`, { cause: error }));
    });
  });
  return readCredential(plugin.command, output);
}

function readCredential(command: string, output: string): ExecCredential {
  let status: Readonly<Record<string, unknown>>;
  try {
    status = asRecord(asRecord(JSON.parse(output)).status);
  } catch (error) {
    throw new KubeConfigError(`the credential plugin ${command} printed no ExecCredential`, { cause: error });
  }
  const credential = {
    token: asText(status.token),
    certificate: asText(status.clientCertificateData),
    key: asText(status.clientKeyData),
  };
  if (credential.token === "" && (credential.certificate === "" || credential.key === ""))
    throw new KubeConfigError(`the credential plugin ${command} printed neither a token nor a client certificate`);
  const expires = Date.parse(asText(status.expirationTimestamp));
  return { ...credential, expires: Number.isNaN(expires) ? undefined : expires };
}

function clusterInfo(connection: Connection): object {
  return {
    server: connection.server,
    ...(connection.tlsServerName !== undefined && { "tls-server-name": connection.tlsServerName }),
    ...(connection.skipTlsVerify && { "insecure-skip-tls-verify": true }),
    ...(connection.proxyUrl !== undefined && { "proxy-url": connection.proxyUrl }),
    ...(connection.ca?.kind === "data" && { "certificate-authority-data": connection.ca.data.toString("base64") }),
  };
}
