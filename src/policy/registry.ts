// What decides now: settings, exceptions and bundles, as last set; a broken one never replaces a good one.
import { type Bundle, type BundleSource, decidingBundles } from "./bundle.ts";
import { type Catalog, catalogIn } from "./catalog.ts";
import { type EffectiveSettings, type PolicyException, type PolicySettings, settingsFor } from "./settings.ts";

/** A bundle beside the built-in one, by the name the administrator gave it. */
export interface NamedBundle {
  readonly name: string;
  /** Absent: none was ever good, so everything is denied; while it is `loading` decisions wait a while for it. */
  readonly bundle: Bundle | undefined;
  readonly loading?: true;
}

/** Holds what decides. Every reader sees one whole state; subscribers hear of each change. */
export interface PolicyRegistry extends BundleSource {
  readonly current: () => Bundle | undefined;
  readonly extra: () => readonly Bundle[];
  /** The controls of every bundle that decides. */
  readonly catalog: () => Catalog;
  /** What holds in a namespace, for policy host and reports. */
  readonly settings: (namespace: string) => EffectiveSettings;
  /** All settings as the administrator wrote them. */
  readonly all: () => PolicySettings;
  setBuiltIn(bundle: Bundle): void;
  /** Undefined: there are settings and they never were good, so that everything is denied. */
  setSettings(settings: PolicySettings | undefined, exceptions: readonly NamespacedException[]): void;
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
  let settingsMissing = false;
  let exceptions: readonly NamespacedException[] = [];
  let bundles: readonly NamedBundle[] = [];
  // Checking a catalog takes milliseconds, and scores ask for it again and again: it is read when the bundles have changed.
  let catalog: Catalog | undefined;
  const listeners = new Set<() => void>();
  const isLoading = () => bundles.some(({ bundle, loading }) => bundle === undefined && loading === true);
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const current = () => builtIn;
  const extra = () => bundles.flatMap(({ bundle }) => bundle ?? []);
  return {
    current,
    extra,
    catalog: () =>
      (catalog ??= Object.assign({}, ...decidingBundles({ current, extra }).map(({ data }) => catalogIn(data)))),
    missing: () => [
      ...(settingsMissing ? ["the policy settings"] : []),
      ...bundles.filter(({ bundle }) => bundle === undefined).map(({ name }) => `policy bundle ${name}`),
    ],
    async settled(signal) {
      while (isLoading()) {
        const next = Promise.withResolvers<void>();
        const leave = new AbortController();
        const stopped = () => next.reject(signal.reason);
        if (signal.aborted) stopped();
        signal.addEventListener("abort", stopped, { once: true, signal: leave.signal });
        this.subscribe(next.resolve, leave.signal);
        // oxlint-disable-next-line no-await-in-loop -- one change after the other
        await next.promise.finally(() => leave.abort());
      }
    },
    all: () => settings,
    settings: (namespace) =>
      settingsFor(
        settings,
        namespace,
        exceptions.flatMap(({ namespaces = [namespace], ...exception }) =>
          namespaces.includes(namespace) ? [exception] : [],
        ),
      ),
    setBuiltIn(bundle) {
      builtIn = bundle;
      catalog = undefined;
      changed();
    },
    setSettings(next, excepted) {
      settings = next ?? {};
      settingsMissing = next === undefined;
      exceptions = excepted;
      changed();
    },
    setBundles(next) {
      bundles = next;
      catalog = undefined;
      changed();
    },
    subscribe(onChange, signal) {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener("abort", () => listeners.delete(onChange), { once: true });
    },
  };
}
