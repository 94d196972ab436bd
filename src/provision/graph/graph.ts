// The resource graph: what a Blueprint becomes before Pulumi sees it. Plain JSON, so that it can cross a process border.

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where components are built. `azure` means the package azure-native. */
export type CloudProvider = "aws" | "azure" | "gcp";

/**
 * A property value with the references in it resolved to nodes. `secret` taints what the value touches.
 * `output` is a property of another node, known only once that node exists; `path` is empty for its resource id (`id`).
 */
export type Value =
  | { readonly kind: "literal"; readonly value: Json; readonly secret: boolean }
  | { readonly kind: "output"; readonly node: string; readonly path: readonly (string | number)[] }
  | { readonly kind: "concat"; readonly parts: readonly Value[] }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "map"; readonly entries: Readonly<Record<string, Value>> };

/** Pulumi resource options of one node. */
export interface NodeOptions {
  /** Logical names of nodes this one waits for beyond what its properties reference. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  /** Property paths whose changes are not planned. */
  readonly ignoreChanges: readonly string[];
  /** Former logical names: a rename plans no replacement. */
  readonly aliases: readonly string[];
  /** Cloud id to adopt on first apply. */
  readonly importId?: string;
  /** Left in the cloud when it leaves the Blueprint. */
  readonly retain: boolean;
  readonly deleteBeforeReplace?: boolean;
  /** Go durations. */
  readonly timeouts?: Readonly<Partial<Record<"create" | "update" | "delete", string>>>;
}

/** One provider resource. */
export interface ResourceNode {
  /** Pulumi's logical name, unique in the graph: `COMPONENT-PART`, or the raw resource's own name. */
  readonly name: string;
  /** The component or raw resource of the spec it belongs to. */
  readonly owner: string;
  /** The name of the resource inside the component; empty for a raw resource. */
  readonly part: string;
  /** Pulumi type token, `pkg:module:Type`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly options: NodeOptions;
}

/** One component of the spec: registered as the Pulumi parent of its nodes. */
export interface ComponentNode {
  readonly name: string;
  readonly type: string;
  readonly aliases: readonly string[];
  /** Output name to value; the same names on every cloud. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** One Pulumi package the graph uses, with the explicit provider's configuration. */
export interface PackageUse {
  readonly name: string;
  /** Plugin version, or "" where the package has no SDK installed. */
  readonly version: string;
  /** Name of the explicit provider resource; carries the region, so that a move replaces. */
  readonly provider: string;
  /** Non-secret provider inputs (region, default tags). Credentials come by environment, never by state. */
  readonly config: Readonly<Record<string, Json>>;
}

/** A translated Blueprint. Nodes are in an order in which every reference points backwards. */
export interface ResourceGraph {
  /** Version of the translation rules; part of the plan id. */
  readonly translatorVersion: string;
  readonly provider: CloudProvider;
  readonly region: string;
  readonly packages: readonly PackageUse[];
  readonly components: readonly ComponentNode[];
  readonly nodes: readonly ResourceNode[];
  /** The Blueprint's own outputs. */
  readonly outputs: Readonly<Record<string, Value>>;
}
