// Pulumi's deployment (apitype.DeploymentV3 of pulumi/sdk v3.250.0, go/common/apitype/core.go) as JSON.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** apitype.ResourceV3: fields that rules look at are named, all others are carried untouched. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly delete?: boolean;
  readonly id?: string;
  readonly inputs?: { readonly [key: string]: Json };
  readonly outputs?: { readonly [key: string]: Json };
  readonly parent?: string;
  readonly protect?: boolean;
  readonly external?: boolean;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: { readonly [key: string]: readonly string[] | null };
  readonly provider?: string;
  readonly pendingReplacement?: boolean;
  readonly aliases?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly viewOf?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly [key: string]: Json | undefined;
}

/** apitype.OperationV2: what the engine was doing when it stopped. */
export interface PendingOperation {
  readonly resource: ResourceState;
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
}

export interface SecretsProvider {
  readonly type: string;
  readonly state?: Json;
}

/** apitype.DeploymentV3. */
export interface Deployment {
  readonly manifest?: { readonly [key: string]: Json };
  readonly secrets_providers?: SecretsProvider;
  readonly resources?: readonly ResourceState[];
  readonly pending_operations?: readonly PendingOperation[];
  readonly metadata?: { readonly [key: string]: Json };
  readonly snippets?: readonly Json[];
  readonly extensions?: { readonly [key: string]: Json };
}

/** apitype.UntypedDeployment: what `pulumi stack export` prints. */
export interface VersionedDeployment {
  /** Schema version: 3, or 4 when `features` is not empty. */
  readonly version: number;
  readonly features?: readonly string[];
  readonly deployment?: Deployment;
}

/** The property that marks a special value, and its value for secrets (sdk/go/common/resource/sig). */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
