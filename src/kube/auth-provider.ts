// Legacy kubeconfig auth-provider plugins (oidc, gcp, azure), through client-node, imported only where one is used.

/** The Authorization header such a plugin gives now; it renews its own tokens. */
export async function authProviderHeader(provider: {
  readonly path: string;
  readonly context: string;
}): Promise<string> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(provider.path);
  config.setCurrentContext(provider.context);
  const options: Parameters<typeof config.applyToHTTPSOptions>[0] = {};
  await config.applyToHTTPSOptions(options);
  const headers = options.headers;
  const value = headers === undefined || Array.isArray(headers) ? undefined : headers.Authorization;
  return typeof value === "string" ? value : "";
}
