// The identity of a cloud account: what a state belongs to, and how a provider is asked for it.

/** Packages whose cloud has an identity. */
export type CloudPackage = "aws" | "azure-native" | "gcp";

/** `aws:123456789012`, `azure:SUBSCRIPTION-ID` or `gcp:PROJECT`. */
export type CloudIdentity = string;

interface Query {
  /** Provider function to invoke, without arguments. */
  readonly token: string;
  /** Field of the answer. */
  readonly field: string;
  readonly prefix: string;
}

/** Sources: functions getCallerIdentity (aws), getClientConfig (azure-native, gcp) of the SDKs. */
const QUERIES: Readonly<Record<CloudPackage, Query>> = {
  aws: { token: "aws:index/getCallerIdentity:getCallerIdentity", field: "accountId", prefix: "aws" },
  "azure-native": {
    token: "azure-native:authorization:getClientConfig",
    field: "subscriptionId",
    prefix: "azure",
  },
  gcp: { token: "gcp:organizations/getClientConfig:getClientConfig", field: "project", prefix: "gcp" },
};

/** True for packages whose cloud has an identity. */
export function isCloudPackage(name: string): name is CloudPackage {
  return Object.hasOwn(QUERIES, name);
}

/** How to ask. */
export function identityQuery(name: CloudPackage): Query {
  return QUERIES[name];
}

/** The identity in an answer. Throws when the answer has none: unknown is never an identity. */
export function cloudIdentity(name: CloudPackage, answer: unknown): CloudIdentity {
  const { field, prefix } = QUERIES[name];
  const value: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, field) : undefined;
  if (typeof value !== "string" || value === "")
    throw new Error(`${name} did not say whose credentials these are (${field} is missing)`);
  return `${prefix}:${value}`;
}

/** What a recorded identity means for credentials that answer `current`. Another cloud than recorded writes nothing. */
export function compareIdentity(
  recorded: CloudIdentity | undefined,
  current: CloudIdentity,
): "first" | "same" | "changed" {
  if (recorded === undefined) return "first";
  return recorded === current ? "same" : "changed";
}
