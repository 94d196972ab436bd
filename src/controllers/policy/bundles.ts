// Follows every bundle the settings name, and keeps of each the last that was good.
import { sameJson } from "../../api/index.ts";
import type { Clock, Random } from "../../kube/index.ts";
import {
  type Bundle,
  type BundleEntry,
  type FetchBundle,
  followBundle,
  type PolicyRegistry,
  pollIntervalMs,
} from "../../policy/index.ts";
import type { Logger } from "../../runtime/index.ts";
import type { PolicyMetrics } from "./metrics.ts";
import type { BundleState } from "./status.ts";

/** How a bundle is had, and when it is worth a look before its time. */
export interface Source {
  readonly fetch: FetchBundle;
  readonly changed?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export interface BundlesOptions {
  readonly sourceOf: (entry: BundleEntry) => Source;
  readonly registry: Pick<PolicyRegistry, "setBundles">;
  readonly metrics: PolicyMetrics;
  /** Hears of every change of a state. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Followed {
  readonly entry: BundleEntry;
  readonly stop: AbortController;
  running: boolean;
  loading: boolean;
  bundle: Bundle | undefined;
  trouble: string | undefined;
}

/** The bundles beside the built-in one. */
export class Bundles {
  readonly #options: BundlesOptions;
  #followed = new Map<string, Followed>();
  #wake: () => void = () => {};

  constructor(options: BundlesOptions) {
    this.#options = options;
  }

  get states(): readonly BundleState[] {
    return [...this.#followed.values()].map(({ entry: { name }, loading, bundle, trouble }) => {
      return { name, loading, digest: bundle?.digest, trouble };
    });
  }

  /** From now on these. One whose entry is as before goes on; one of the same name keeps what was good until it has better. */
  set(entries: readonly BundleEntry[]): void {
    const next = new Map<string, Followed>();
    for (const entry of entries) {
      const before = this.#followed.get(entry.name);
      next.set(
        entry.name,
        before !== undefined && sameJson(before.entry, entry) ? before : begun(entry, before?.bundle),
      );
    }
    for (const [name, followed] of this.#followed) {
      if (next.get(name) === followed) continue;
      followed.stop.abort(new Error(`bundle ${name} is not asked for any more`));
      if (!next.has(name)) this.#options.metrics.forget(name);
    }
    this.#followed = next;
    this.#publish();
    this.#wake();
  }

  /** Follows them until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      for (const followed of this.#followed.values()) {
        if (followed.running) continue;
        const work = this.#follow(followed, signal).finally(() => running.delete(work));
        running.add(work);
      }
      signal.addEventListener("abort", () => woken.resolve(), { once: true });
      // oxlint-disable-next-line no-await-in-loop -- one change of the settings after the other
      await woken.promise;
    }
    await Promise.all(running);
  }

  async #follow(followed: Followed, signal: AbortSignal): Promise<void> {
    const { entry, stop } = followed;
    const { sourceOf, clock, random } = this.#options;
    followed.running = true;
    try {
      const { fetch, changed } = sourceOf(entry);
      const intervalMs = pollIntervalMs(entry) ?? 60_000;
      const onBundle = (bundle: Bundle) => this.#take(followed, { bundle, trouble: undefined });
      const onFailure = (error: unknown) => {
        const trouble = error instanceof Error ? error.message : String(error);
        this.#take(followed, { bundle: followed.bundle, trouble });
      };
      const until = AbortSignal.any([signal, stop.signal]);
      await followBundle({ fetch, changed, intervalMs, onBundle, onFailure, clock, random }, until);
    } catch (error) {
      // No entry that admission lets in gets here; one that does is told, and takes none of the others along.
      this.#take(followed, {
        bundle: followed.bundle,
        trouble: error instanceof Error ? error.message : String(error),
      });
    } finally {
      followed.running = false;
    }
  }

  #take(followed: Followed, { bundle, trouble }: Pick<Followed, "bundle" | "trouble">): void {
    if (followed.stop.signal.aborted) return;
    if (!followed.loading && bundle?.digest === followed.bundle?.digest && trouble === followed.trouble) return;
    const { log, metrics } = this.#options;
    const { name } = followed.entry;
    if (trouble === undefined) log.info("policy bundle loaded", { bundle: name, digest: bundle?.digest });
    else log.warn("policy bundle refused; the last good one stays", { bundle: name, digest: bundle?.digest, trouble });
    metrics.reloaded(trouble === undefined ? "success" : "failure");
    Object.assign(followed, { bundle, trouble, loading: false });
    this.#publish();
  }

  #publish(): void {
    const { registry, metrics, onChange } = this.#options;
    const all = [...this.#followed.values()];
    for (const { entry, bundle, trouble, loading } of all) {
      metrics.bundle(entry.name, { digest: bundle?.digest, ready: trouble === undefined && !loading });
    }
    registry.setBundles(
      all.map(({ entry: { name }, bundle, loading }) => ({ name, bundle, ...(loading ? { loading } : {}) })),
    );
    onChange();
  }
}

function begun(entry: BundleEntry, bundle: Bundle | undefined): Followed {
  return { entry, stop: new AbortController(), running: false, loading: true, bundle, trouble: undefined };
}
