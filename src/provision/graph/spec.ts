// The part of a Blueprint's spec that decides what is built; BlueprintSpec of src/api fits it structurally.
import type { CloudProvider, Json } from "./graph.ts";

/** Options that components and raw resources share. */
export interface BuildOptions {
  readonly dependsOn?: readonly string[] | undefined;
  readonly protect?: boolean | undefined;
  readonly ignoreChanges?: readonly string[] | undefined;
  /** Former names, the oldest first: cloud names keep following the oldest. */
  readonly aliases?: readonly string[] | undefined;
  readonly deleteBeforeReplace?: boolean | undefined;
  /** What happens when it is removed. Default: the Blueprint's; Retain for what was imported. */
  readonly deletionPolicy?: "Destroy" | "Retain" | undefined;
  /** Go durations. */
  readonly timeouts?: OperationTimeouts | undefined;
}

/** How long the cloud may take for one resource, as Go durations. */
export interface OperationTimeouts {
  readonly create?: string | undefined;
  readonly update?: string | undefined;
  readonly delete?: string | undefined;
}

/** An abstract component. */
export interface ComponentSpec {
  readonly name: string;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** By provider, then by the name of the resource inside the component: properties merged over the translation. */
  readonly overrides?:
    | Readonly<Partial<Record<CloudProvider, Readonly<Record<string, unknown>> | undefined>>>
    | undefined;
  /** `import` is by the name of the resource inside the component. */
  readonly options?: (BuildOptions & { readonly import?: Readonly<Record<string, string>> | undefined }) | undefined;
}

/** A raw resource of an allowed Pulumi package. */
export interface RawResourceSpec {
  readonly name: string;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly options?: (BuildOptions & { readonly import?: string | undefined }) | undefined;
}

/** What translation reads of a Blueprint's spec. */
export interface BuildSpec {
  readonly provider: CloudProvider;
  readonly region: string;
  readonly components?: readonly ComponentSpec[] | undefined;
  readonly resources?: readonly RawResourceSpec[] | undefined;
  readonly inputs?: readonly { readonly name: string; readonly value?: unknown }[] | undefined;
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
  readonly deletionPolicy?: "Destroy" | "Retain" | undefined;
}

/** One input with its value read. `secret` is true for everything that came from a Secret. */
export interface ResolvedInput {
  readonly value: Json;
  readonly secret: boolean;
}

/** Inputs by name. */
export type ResolvedInputs = Readonly<Record<string, ResolvedInput>>;

/** Who the resources belong to: goes into cloud names and marker tags. */
export interface BlueprintIdentity {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}
