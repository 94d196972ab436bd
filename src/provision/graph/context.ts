// What translation needs beside the spec and the inputs.
import type { TypeCatalog } from "./catalog.ts";
import type { Json } from "./graph.ts";
import type { BlueprintIdentity } from "./spec.ts";

/** Version of the translation rules. Raise it whenever the same spec translates to something else: plans made before are stale. */
export const TRANSLATOR_VERSION = "1";

/** Packages a Blueprint may use unless the administrator says otherwise. */
export const DEFAULT_PACKAGES: readonly string[] = ["aws", "azure-native", "gcp", "random", "tls"];

/** Surroundings of a translation. */
export interface TranslateContext {
  readonly identity: BlueprintIdentity;
  readonly catalog: TypeCatalog;
  /** Default: DEFAULT_PACKAGES. */
  readonly allowedPackages?: readonly string[];
  /** More provider inputs by package, such as `{ gcp: { project: "shop-1" } }`. Never credentials: this goes into the state. */
  readonly providerConfig?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}
