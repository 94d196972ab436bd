// Who calls: provider configuration to account, region and scope, refused the way the real providers refuse.
import { createHash } from "node:crypto";
import type { CloudPackage } from "./contract.ts";
import { refusedByAws, refusedByAzure, refusedByGoogle } from "./web-identity.ts";
import { isList, isObject, type Json, type JsonObject, scalarText, textAt } from "./values.ts";

/** An authenticated caller. `account` separates what callers see: AWS account, Azure subscription, Google Cloud project. */
export interface Identity {
  readonly package: CloudPackage;
  readonly account: string;
  /** aws and gcp: where requests go unless a resource says otherwise. azure-native: the default location. */
  readonly region: string | undefined;
  readonly zone: string | undefined;
  /** ARN, client id or e-mail address of the caller. */
  readonly principal: string;
  readonly tenant: string;
  /** aws `defaultTags.tags`, gcp `defaultLabels`. */
  readonly defaultTags: Readonly<Record<string, string>>;
  /** aws `allowedAccountIds`; empty: any. */
  readonly allowedAccounts: readonly string[];
}

export type IdentityResult =
  | { readonly kind: "known"; readonly identity: Identity }
  | { readonly kind: "refused"; readonly reason: string };

const awsRegions =
  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 sa-east-1 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-east-1 ap-east-2 me-south-1 me-central-1 il-central-1 af-south-1 us-gov-east-1 us-gov-west-1 cn-north-1 cn-northwest-1";
const azureLocations =
  "eastus eastus2 westus westus2 westus3 centralus northcentralus southcentralus westcentralus canadacentral canadaeast brazilsouth brazilsoutheast northeurope westeurope uksouth ukwest francecentral francesouth germanywestcentral germanynorth switzerlandnorth switzerlandwest norwayeast norwaywest swedencentral swedensouth polandcentral italynorth spaincentral austriaeast belgiumcentral denmarkeast eastasia southeastasia japaneast japanwest koreacentral koreasouth centralindia southindia westindia jioindiawest jioindiacentral australiaeast australiasoutheast australiacentral australiacentral2 newzealandnorth indonesiacentral malaysiawest uaenorth uaecentral qatarcentral israelcentral southafricanorth southafricawest mexicocentral chilecentral global";
const gcpRegions =
  "us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4 northamerica-northeast1 northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 europe-central2 europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 europe-west10 europe-west12 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2 asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 me-central1 me-central2 me-west1 africa-south1";

/** Regions that exist. Source: the providers' own region lists (public documentation of each cloud). */
export const regionsOf: Readonly<Record<CloudPackage, ReadonlySet<string>>> = {
  aws: new Set(awsRegions.split(" ")),
  "azure-native": new Set(azureLocations.split(" ")),
  gcp: new Set(gcpRegions.split(" ")),
};

/** `West Europe` and `westeurope` are one location. */
export function normalRegion(pkg: CloudPackage, region: string): string {
  return pkg === "azure-native" ? region.toLowerCase().replaceAll(" ", "") : region;
}

/** Reads provider configuration (JSON texts of nested values are parsed). */
export function identify(pkg: CloudPackage, config: JsonObject): IdentityResult {
  const args = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, parsed(value)]));
  const result = pkg === "aws" ? identifyAws(args) : pkg === "gcp" ? identifyGcp(args) : identifyAzure(args);
  if (result.kind === "refused") return result;
  const { region } = result.identity;
  if (region !== undefined && !regionsOf[pkg].has(normalRegion(pkg, region))) {
    return {
      kind: "refused",
      reason:
        pkg === "aws" ? `invalid AWS Region: ${region}` : `invalid ${pkg === "gcp" ? "region" : "location"}: ${region}`,
    };
  }
  return result;
}

/**
 * The account of an AWS access key: keys of the real form carry it (base 32 of the key after its prefix, bits 1 to 40); any other text
 * gets twelve digits of its hash, always the same.
 */
export function accountOfAccessKey(accessKey: string): string {
  if (/^A[KS]IA[A-Z2-7]{16}$/.test(accessKey)) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = Array.from(accessKey.slice(4, 14)).reduce(
      (sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)),
      0n,
    );
    const account = ((bits >> 2n) & 0x7fffffffff80n) >> 7n;
    if (account < 1_000_000_000_000n) return account.toString().padStart(12, "0");
  }
  const digest = createHash("sha256").update(accessKey).digest();
  return (digest.readBigUInt64BE() % 1_000_000_000_000n).toString().padStart(12, "0");
}

function identifyAws(args: JsonObject): IdentityResult {
  const region = textAt(args, "region");
  if (region === undefined) return refused("Missing region configuration: set aws:region, for example eu-central-1");
  const web = args["assumeRoleWithWebIdentity"];
  const accessKey = isObject(web) ? (textAt(web, "roleArn") ?? "") : textAt(args, "accessKey");
  const refusal = isObject(web) ? refusedByAws(web) : undefined;
  if (refusal !== undefined) return refused(refusal);
  // A token of the workload stands for the key.
  if (accessKey === undefined || (!isObject(web) && textAt(args, "secretKey") === undefined)) {
    return refused(
      "unable to validate AWS credentials.\nDetails: No valid credential sources found. Set aws:accessKey and aws:secretKey (or assumeRoles beside them) in the provider's configuration.",
    );
  }
  const roles = isList(args["assumeRoles"]) ? args["assumeRoles"] : [];
  const role = [...roles, args["assumeRole"] ?? null, args["assumeRoleWithWebIdentity"] ?? null]
    .filter(isObject)
    .at(-1);
  const roleArn = role && textAt(role, "roleArn");
  const own = accountOfAccessKey(accessKey);
  const account = (roleArn === undefined ? undefined : /^arn:aws[\w-]*:iam::(\d{12}):role\//.exec(roleArn)?.[1]) ?? own;
  if (roleArn !== undefined && !roleArn.includes(`::${account}:`))
    return refused(`Cannot assume IAM Role ${roleArn}: invalid ARN`);
  const allowed = texts(args["allowedAccountIds"]);
  const forbidden = texts(args["forbiddenAccountIds"]);
  if ((allowed.length > 0 && !allowed.includes(account)) || forbidden.includes(account))
    return refused(`AWS account ID not allowed: ${account}`);
  const principal =
    roleArn === undefined ? `arn:aws:iam::${account}:user/${accessKey.slice(-4).toLowerCase()}` : roleArn;
  const tags = isObject(args["defaultTags"]) ? args["defaultTags"]["tags"] : undefined;
  return known({
    package: "aws",
    account,
    region,
    zone: undefined,
    principal,
    tenant: account,
    defaultTags: stringMap(tags),
    allowedAccounts: allowed,
  });
}

function identifyAzure(args: JsonObject): IdentityResult {
  const account = textAt(args, "subscriptionId");
  const federated =
    args["useOidc"] === true || args["useMsi"] === true || args["useOidc"] === "true" || args["useMsi"] === "true";
  const secret = textAt(args, "clientSecret") ?? textAt(args, "clientCertificatePath") ?? textAt(args, "oidcToken");
  if (
    !federated &&
    (textAt(args, "clientId") === undefined || secret === undefined || textAt(args, "tenantId") === undefined)
  ) {
    return refused(
      "DefaultAzureCredential: failed to acquire a token: no credentials were found. Set azure-native:clientId, clientSecret and tenantId (or useOidc) in the provider's configuration.",
    );
  }
  const refusal = refusedByAzure(args);
  if (refusal !== undefined) return refused(refusal);
  if (account === undefined)
    return refused("subscription ID is not set: set azure-native:subscriptionId in the provider's configuration");
  const principal = textAt(args, "clientId") ?? uuidOf(`client ${account}`);
  const tenant = textAt(args, "tenantId") ?? uuidOf(`tenant ${account}`);
  return known({
    package: "azure-native",
    account: account.toLowerCase(),
    region: textAt(args, "location"),
    zone: undefined,
    principal,
    tenant,
    defaultTags: {},
    allowedAccounts: [],
  });
}

function identifyGcp(args: JsonObject): IdentityResult {
  const credentials = args["credentials"];
  const fields: JsonObject = isObject(credentials) ? credentials : {};
  const hasKey = textAt(fields, "client_email") !== undefined || textAt(fields, "type") === "external_account";
  if (!hasKey && textAt(args, "accessToken") === undefined && credentials === undefined) {
    return refused(
      "google: could not find default credentials. Set gcp:credentials (the JSON of a service account key) or gcp:accessToken in the provider's configuration.",
    );
  }
  if (!hasKey && textAt(args, "accessToken") === undefined)
    return refused("google: the JSON of gcp:credentials has no client_email: it is no service account key");
  const refusal = refusedByGoogle(fields);
  if (refusal !== undefined) return refused(refusal);
  const account = textAt(args, "project") ?? textAt(fields, "project_id");
  if (account === undefined)
    return refused("project: required field is not set. Set gcp:project in the provider's configuration.");
  const principal = textAt(fields, "client_email") ?? `caller@${account}.iam.gserviceaccount.com`;
  const defaultTags = stringMap(args["defaultLabels"]);
  return known({
    package: "gcp",
    account,
    region: textAt(args, "region"),
    zone: textAt(args, "zone"),
    principal,
    tenant: account,
    defaultTags,
    allowedAccounts: [],
  });
}

function known(identity: Identity): IdentityResult {
  return { kind: "known", identity };
}

function refused(reason: string): IdentityResult {
  return { kind: "refused", reason };
}

/** Nested configuration arrives as JSON text. */
function parsed(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const inner: Json = JSON.parse(value);
    return inner;
  } catch {
    return value;
  }
}

function texts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}

function stringMap(value: Json | undefined): Readonly<Record<string, string>> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, scalarText(inner)]))
    : {};
}

/** A UUID that is always the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
