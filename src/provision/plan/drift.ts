// Drift: how the cloud differs from the recorded state, found without writing anything.

/** One resource that is not as recorded. */
export interface DriftedResource {
  readonly kind: "changed" | "deleted";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Property paths that differ; empty for `deleted`. */
  readonly changed: readonly string[];
}

/** Result of a drift check. `inconclusive`: so much was lost that the reading itself is in doubt; nothing may act on it. */
export type DriftReport =
  | { readonly kind: "none"; readonly checked: number }
  | { readonly kind: "drifted"; readonly checked: number; readonly resources: readonly DriftedResource[] }
  | { readonly kind: "inconclusive"; readonly checked: number; readonly lost: number; readonly message: string };

/** What a Blueprint declares as not drift: fields of a component's or raw resource's own nodes; no fields: all of it. */
export interface DriftIgnore {
  readonly resource: string;
  readonly fields?: readonly string[] | undefined;
}
