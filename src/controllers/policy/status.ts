// What is told about settings and bundles: one condition, as it stands in the settings' annotation.
import type { BrokenSettings, LoadedSettings } from "./settings.ts";

/** Where a bundle stands. `digest`: of what decides, also where a newer one is broken. */
export interface BundleState {
  readonly name: string;
  readonly loading: boolean;
  readonly digest: string | undefined;
  /** Why the newest can't be used; absent while all is well. */
  readonly trouble: string | undefined;
}

/** The annotation's JSON: a condition, with what it was observed of. */
export interface PolicyStatus {
  readonly type: "Ready";
  readonly status: "True" | "False";
  readonly reason: "PolicyLoaded" | "PolicyBroken";
  readonly message: string;
  /** Digest of the document it is about. */
  readonly observedDigest: string;
  readonly bundles: readonly { readonly name: string; readonly ready: boolean; readonly digest?: string }[];
}

/** An annotation has room for more, a reader has not. */
const maxMessage = 4_096;

/** Undefined while a bundle is loaded for the first time: in a moment there is more to say. */
export function policyStatus(
  settings: LoadedSettings | BrokenSettings,
  bundles: readonly BundleState[],
): PolicyStatus | undefined {
  if (bundles.some(({ loading }) => loading)) return undefined;
  const troubles = [
    ...(settings.kind === "broken" ? [`${settings.message}; the last good settings stay in force`] : []),
    ...bundles.flatMap(({ name, trouble, digest }) =>
      trouble === undefined ? [] : [`bundle ${name}: ${trouble}; ${stays(digest)}`],
    ),
  ];
  const ignored = settings.kind === "loaded" ? settings.ignored : [];
  const said = [...troubles, ...ignored];
  const message =
    said.length > 0 ? said.join("\n") : `settings and ${bundles.length} bundles beside the built-in one are in force`;
  return {
    type: "Ready",
    status: troubles.length === 0 ? "True" : "False",
    reason: troubles.length === 0 ? "PolicyLoaded" : "PolicyBroken",
    message: message.length > maxMessage ? `${message.slice(0, maxMessage)}...` : message,
    observedDigest: settings.digest,
    bundles: bundles.map(({ name, digest, trouble }) => ({
      name,
      ready: trouble === undefined,
      ...(digest === undefined ? {} : { digest }),
    })),
  };
}

function stays(digest: string | undefined): string {
  return digest === undefined ? "there is no earlier one, so everything is denied" : "the last good one decides";
}
