// What decides now: settings, exceptions and bundles, as last set; a broken one never replaces a good one.
import type { Bundle, BundleSource } from "./bundle.ts";
import { type EffectiveSettings, type PolicyException, type PolicySettings, settingsFor } from "./settings.ts";

/** A bundle beside the built-in one, by the name the administrator gave it. */
export interface NamedBundle {
  readonly name: string;
  readonly bundle: Bundle;
}

/** Holds what decides. Every reader sees one whole state; subscribers hear of each change. */
export interface PolicyRegistry extends BundleSource {
  readonly current: () => Bundle | undefined;
  readonly extra: () => readonly Bundle[];
  /** What holds in a namespace, for policy host and reports. */
  readonly settings: (namespace: string) => EffectiveSettings;
  /** All settings as the administrator wrote them. */
  readonly all: () => PolicySettings;
  setBuiltIn(bundle: Bundle): void;
  setSettings(settings: PolicySettings, exceptions: readonly NamespacedException[]): void;
  setBundles(bundles: readonly NamedBundle[]): void;
  /** Calls `onChange` after each change until the signal aborts: whoever scored before may have to score again. */
  subscribe(onChange: () => void, signal: AbortSignal): void;
}

/** An exception and where it holds. */
export interface NamespacedException extends PolicyException {
  /** Absent: in every namespace. */
  readonly namespaces?: readonly string[];
}

/** An empty registry: without a bundle everything is denied. */
export function createPolicyRegistry(): PolicyRegistry {
  let builtIn: Bundle | undefined;
  let settings: PolicySettings = {};
  let exceptions: readonly NamespacedException[] = [];
  let bundles: readonly NamedBundle[] = [];
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    current: () => builtIn,
    extra: () => bundles.map(({ bundle }) => bundle),
    all: () => settings,
    settings: (namespace) =>
      settingsFor(
        settings,
        namespace,
        exceptions
          .filter((exception) => exception.namespaces?.includes(namespace) ?? true)
          .map(({ namespaces: _, ...exception }) => exception),
      ),
    setBuiltIn(bundle) {
      builtIn = bundle;
      changed();
    },
    setSettings(next, excepted) {
      settings = next;
      exceptions = excepted;
      changed();
    },
    setBundles(next) {
      bundles = next;
      changed();
    },
    subscribe(onChange, signal) {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener("abort", () => listeners.delete(onChange), { once: true });
    },
  };
}
