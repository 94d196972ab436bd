// From a ServiceAccount to a cloud identity, by the annotations that each cloud's own workload identity uses.
import { createHash } from "node:crypto";
import { join } from "node:path";

/** Environment of a provider; an entry named `identityTokenKey` says which token must be kept in which file meanwhile. */
export type CredentialEnvironment = Readonly<Record<string, string>>;

/** No environment variable can have this name, and no Secret's entry gets through with it. */
export const identityTokenKey = "dharma.identityToken";

/** A token of a ServiceAccount for a cloud, and the file the provider reads it from. */
export interface WantedToken {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Never the API server's. */
  readonly audience: string;
  readonly file: string;
}

/** What of a ServiceAccount is looked at. */
export interface AnnotatedAccount {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export type AccountIdentity =
  | { readonly kind: "ok"; readonly environment: CredentialEnvironment }
  /** Its annotations do not say whom the cloud should take it for. */
  | { readonly kind: "lacks"; readonly message: string };

/** Annotations of our own, for what the clouds' own integrations take from elsewhere. */
const gcpProviderAnnotation = "iacdharma.com/gcp-workload-identity-provider";
const gcpProjectAnnotation = "iacdharma.com/gcp-project";
const azureSubscriptionAnnotation = "iacdharma.com/azure-subscription-id";

/**
 * The environment with which a provider takes on the identity. `folder` is where tokens are kept. Audiences are fixed by cloud: an
 * annotation could otherwise ask for a token that the API server accepts. Sources: EKS "IAM roles for service accounts", GKE and
 * Google Cloud "Workload Identity Federation with Kubernetes", Azure "Workload identity for Kubernetes" (labels and annotations).
 */
export function accountIdentity(provider: string, account: AnnotatedAccount, folder: string): AccountIdentity {
  switch (provider) {
    case "aws":
      return awsIdentity(account, folder);
    case "azure":
      return azureIdentity(account, folder);
    case "gcp":
      return gcpIdentity(account, folder);
    default:
      return { kind: "lacks", message: `the provider ${provider} knows no identity of ServiceAccounts: use a Secret` };
  }
}

function awsIdentity(account: AnnotatedAccount, folder: string): AccountIdentity {
  const role = account.annotations["eks.amazonaws.com/role-arn"];
  if (role === undefined || !/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(role))
    return lacks(account, ["eks.amazonaws.com/role-arn"], "the ARN of the IAM role that trusts it");
  const token = tokenOf(account, "sts.amazonaws.com", folder);
  return ok(token, {
    AWS_ROLE_ARN: role,
    AWS_ROLE_SESSION_NAME: `dharma-${account.namespace}`.slice(0, 64),
    AWS_WEB_IDENTITY_TOKEN_FILE: token.file,
  });
}

function azureIdentity(account: AnnotatedAccount, folder: string): AccountIdentity {
  const names = ["azure.workload.identity/client-id", "azure.workload.identity/tenant-id", azureSubscriptionAnnotation];
  const [client, tenant, subscription] = names.map((name) => account.annotations[name]);
  if (client === undefined || tenant === undefined || subscription === undefined)
    return lacks(account, names, "client, tenant and subscription of the managed identity that trusts it");
  const token = tokenOf(account, "api://AzureADTokenExchange", folder);
  return ok(token, {
    ARM_CLIENT_ID: client,
    ARM_TENANT_ID: tenant,
    ARM_SUBSCRIPTION_ID: subscription,
    ARM_USE_OIDC: "true",
    ARM_OIDC_TOKEN_FILE_PATH: token.file,
    AZURE_CLIENT_ID: client,
    AZURE_TENANT_ID: tenant,
    AZURE_FEDERATED_TOKEN_FILE: token.file,
  });
}

function gcpIdentity(account: AnnotatedAccount, folder: string): AccountIdentity {
  const email = account.annotations["iam.gke.io/gcp-service-account"];
  const provider = account.annotations[gcpProviderAnnotation]?.replace(/^\/*(?:iam\.googleapis\.com\/)?/, "");
  const project = account.annotations[gcpProjectAnnotation] ?? /@([a-z][a-z0-9-]+)\.iam\./.exec(email ?? "")?.[1];
  const wellFormed = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/;
  if (email === undefined || project === undefined || provider === undefined || !wellFormed.test(provider)) {
    const what =
      "the Google service account, and projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
    return lacks(account, ["iam.gke.io/gcp-service-account", gcpProviderAnnotation], what);
  }
  const token = tokenOf(account, `//iam.googleapis.com/${provider}`, folder);
  const impersonate = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const external = {
    type: "external_account",
    audience: token.audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    service_account_impersonation_url: impersonate,
    credential_source: { file: token.file },
  };
  return ok(token, { GOOGLE_CREDENTIALS: JSON.stringify(external), GOOGLE_PROJECT: project });
}

/** The same file in every operation and replica: a path is part of what a plan is made from. */
function tokenOf({ namespace, name }: AnnotatedAccount, audience: string, folder: string): WantedToken {
  const digest = createHash("sha256")
    .update(JSON.stringify([namespace, name, audience]))
    .digest("hex")
    .slice(0, 32);
  return { namespace, serviceAccount: name, audience, file: join(folder, digest) };
}

function ok(token: WantedToken, variables: CredentialEnvironment): AccountIdentity {
  return { kind: "ok", environment: { ...variables, [identityTokenKey]: JSON.stringify(token) } };
}

function lacks({ name }: AnnotatedAccount, annotations: readonly string[], what: string): AccountIdentity {
  return {
    kind: "lacks",
    message: `ServiceAccount ${name} does not say whom the cloud should take it for: annotate it with ${annotations.join(", ")} (${what})`,
  };
}

/** Takes the wanted token out of an environment. */
export function separateToken(environment: CredentialEnvironment): {
  readonly variables: CredentialEnvironment;
  readonly token: WantedToken | undefined;
} {
  const { [identityTokenKey]: wanted, ...variables } = environment;
  if (wanted === undefined) return { variables, token: undefined };
  // Written by `ok` above: entries of Secrets never carry this name.
  const token: WantedToken = JSON.parse(wanted);
  return { variables, token };
}
