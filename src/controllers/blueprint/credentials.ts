// The credentials of a Blueprint: its own, or what the administrator lets its namespace use.
import type { Blueprint } from "../../api/index.ts";
import { secrets, serviceAccounts } from "../../api/index.ts";
import { refusedVariable } from "../credentials/environment.ts";
import { accountIdentity, type CredentialEnvironment } from "../credentials/service-account.ts";
import { found, Hindrance, text } from "./hindrance.ts";
import type { InputSources } from "./inputs.ts";

/** Where credentials come from: the variables themselves, or an object that has them. */
export type CredentialSource =
  | { readonly kind: "variables"; readonly variables: CredentialEnvironment }
  | { readonly kind: "secret" | "serviceAccount"; readonly namespace: string; readonly name: string };

/** Rejects with a Hindrance where they can't be had. */
export async function readCredentials(
  blueprint: Blueprint,
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment> {
  const namespace = blueprint.metadata.namespace ?? "";
  const { credentials, provider } = blueprint.spec;
  const secret = credentials?.secretRef?.name;
  const account = credentials?.serviceAccountName;
  if (secret !== undefined) return secretCredentials({ namespace, name: secret }, sources, signal);
  if (account !== undefined) return accountCredentials(provider, { namespace, name: account }, sources, signal);
  return defaultCredentials(namespace, provider, sources, signal);
}

/** What the administrator lets the namespace use. */
export async function defaultCredentials(
  namespace: string,
  provider: string,
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment> {
  const allowed = sources.defaultCredentials(namespace, provider);
  if (allowed === undefined) {
    const message = `no credentials for ${provider}: set spec.credentials.secretRef or serviceAccountName, or ask the administrator what namespace ${namespace} may use`;
    throw new Hindrance("missing", "MissingCredentials", message);
  }
  if (allowed.kind === "variables") return allowed.variables;
  return allowed.kind === "secret"
    ? secretCredentials(allowed, sources, signal)
    : accountCredentials(provider, allowed, sources, signal);
}

async function secretCredentials(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment> {
  const read = () => sources.kube.get(secrets, { namespace, name }, { signal });
  const secret = await found(`Secret ${name}`, read, "MissingCredentials");
  const entries = Object.entries(secret.data ?? {}).map(([key, data]) => [key, text(data)] as const);
  if (entries.length === 0) {
    const message = `Secret ${name} is empty: put the provider's credentials in it`;
    throw new Hindrance("missing", "MissingCredentials", message);
  }
  for (const [variable, value] of entries) {
    const refusal = refusedVariable(variable, value);
    if (refusal !== undefined)
      throw new Hindrance("refused", "InvalidCredentials", `Secret ${name}: ${refusal}; take that entry out`);
  }
  return Object.fromEntries(entries);
}

async function accountCredentials(
  provider: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  sources: InputSources,
  signal: AbortSignal,
): Promise<CredentialEnvironment> {
  const read = () => sources.kube.get(serviceAccounts, { namespace, name }, { signal });
  const { metadata } = await found(`ServiceAccount ${name}`, read, "MissingCredentials");
  const account = { namespace, name, annotations: metadata.annotations ?? {} };
  const identity = accountIdentity(provider, account, sources.tokenFolder);
  if (identity.kind === "lacks") throw new Hindrance("missing", "MissingCredentials", identity.message);
  return identity.environment;
}
