// The environment of a worker and of its engine, built from empty: no ambient cloud identity, no Kubernetes token.
import { join } from "node:path";
import type { Backend, OperationJob } from "./job.ts";
import type { ProviderSecrets } from "../program/program.ts";

/** Variables of the engine. `folder` is the worker's own. */
export function engineEnvironment(job: OperationJob, folder: string): Readonly<Record<string, string>> {
  return {
    PULUMI_HOME: join(folder, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS: "false",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    ...backendEnvironment(job.backend),
    ...(job.plugins.kind === "attached" ? { PULUMI_DEBUG_PROVIDERS: attached(job.plugins.ports) } : {}),
    ...(job.plugins.kind === "installed" ? job.credentials : {}),
  };
}

/** Variables of the worker itself. `more` is what an administrator passes on: proxies, certificate files. */
export function workerEnvironment(
  folder: string,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...more, HOME: folder, TMPDIR: folder, LANG: "C.UTF-8", TZ: "UTC" };
}

function backendEnvironment(backend: Backend): Readonly<Record<string, string>> {
  return backend.kind === "service"
    ? { PULUMI_BACKEND_URL: backend.url, PULUMI_ACCESS_TOKEN: backend.accessToken, PULUMI_CONFIG_PASSPHRASE: "" }
    : { ...backend.environment, PULUMI_BACKEND_URL: backend.url, PULUMI_CONFIG_PASSPHRASE: backend.passphrase };
}

function attached(ports: Readonly<Record<string, number>>): string {
  return Object.entries(ports)
    .map(([name, port]) => `${name}:${port}`)
    .join(",");
}

/** Environment variable to provider input, as the providers' own configuration references name them. */
const PROVIDER_INPUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws: { AWS_ACCESS_KEY_ID: "accessKey", AWS_SECRET_ACCESS_KEY: "secretKey", AWS_SESSION_TOKEN: "token" },
  "azure-native": {
    ARM_CLIENT_ID: "clientId",
    ARM_CLIENT_SECRET: "clientSecret",
    ARM_TENANT_ID: "tenantId",
    ARM_SUBSCRIPTION_ID: "subscriptionId",
    ARM_USE_OIDC: "useOidc",
    ARM_OIDC_TOKEN_FILE_PATH: "oidcTokenFilePath",
  },
  gcp: { GOOGLE_CREDENTIALS: "credentials", GOOGLE_PROJECT: "project", GOOGLE_OAUTH_ACCESS_TOKEN: "accessToken" },
};

/**
 * Credentials as provider inputs. Installed plugins read their environment, which keeps credentials out of the state; an attached
 * provider runs already and sees none of it, so there they are secret inputs.
 */
export function providerSecrets(job: OperationJob): ProviderSecrets {
  if (job.plugins.kind === "installed") return {};
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile } = job.credentials;
  const role =
    roleArn === undefined ? {} : { assumeRoleWithWebIdentity: JSON.stringify({ roleArn, webIdentityTokenFile }) };
  const inputs = Object.fromEntries(
    Object.entries(PROVIDER_INPUTS).map(([name, byVariable]) => [
      name,
      Object.fromEntries(
        Object.entries(byVariable).flatMap(([variable, input]) => {
          const value = job.credentials[variable];
          return value === undefined ? [] : [[input, value]];
        }),
      ),
    ]),
  );
  return { ...inputs, aws: { ...inputs["aws"], ...role } };
}
