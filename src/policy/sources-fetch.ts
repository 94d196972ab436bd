// Looking at a source again and again: what did not change costs nothing, what is broken is told once a revision.
import type { Clock, Random } from "../kube/index.ts";
import { backoffMs, jittered } from "../runtime/index.ts";
import { type Bundle, BundleError } from "./bundle.ts";
import { contentDigest } from "./digest.ts";
import type { BundleFiles } from "./sources-build.ts";

/** What a source holds now. */
export interface Content {
  /** Another revision is another content. */
  readonly revision: string;
  readonly files: BundleFiles;
}

/**
 * Reads a source; undefined when it still holds the revision `known`. Rejects with BundleError, whose message is for the
 * administrator, or with the signal's reason.
 */
export type ReadSource = (known: string | undefined, signal: AbortSignal) => Promise<Content | undefined>;

/** What to build from content and the key it must be signed by. */
export type Build = (files: BundleFiles, publicKey: string | undefined, signal: AbortSignal) => Promise<Bundle>;

/** The bundle a source holds now. Rejects with BundleError where it can't be had or is broken. */
export type FetchBundle = (signal: AbortSignal) => Promise<Bundle>;

/** Joins reading and building; what was built, or found broken, is not built again while revision and key stay. */
export function bundleFetcher(
  read: ReadSource,
  publicKey: (signal: AbortSignal) => Promise<string | undefined>,
  build: Build,
): FetchBundle {
  let last: { readonly revision: string; readonly key: string; readonly built: Bundle | BundleError } | undefined;
  return async (signal) => {
    const pem = await publicKey(signal);
    const key = contentDigest(pem ?? "");
    const known = last?.key === key ? last : undefined;
    const content = await read(known?.revision, signal);
    if (content !== undefined && content.revision !== known?.revision) {
      last = { revision: content.revision, key, built: await builtOrBroken(content.files, pem, build, signal) };
    }
    if (last === undefined) throw new BundleError("the source said that nothing changed before it gave anything");
    if (last.built instanceof BundleError) throw last.built;
    return last.built;
  };
}

async function builtOrBroken(
  files: BundleFiles,
  publicKey: string | undefined,
  build: Build,
  signal: AbortSignal,
): Promise<Bundle | BundleError> {
  try {
    return await build(files, publicKey, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BundleError) return error;
    throw error;
  }
}

export interface FollowOptions {
  readonly fetch: FetchBundle;
  /** Between two looks, with 20 % jitter. */
  readonly intervalMs: number;
  /** Resolves when it is worth looking at once; absent: only time tells. */
  readonly changed?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly onBundle: (bundle: Bundle) => void;
  readonly onFailure: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/** Looks until the signal aborts, then resolves. A failure is tried again from 1 s on, doubling up to the interval. */
export async function followBundle(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { fetch, intervalMs, clock, random } = options;
  let failures = 0;
  while (!signal.aborted) {
    // Before reading: what changes while it is read is looked at again.
    const round = new AbortController();
    const until = AbortSignal.any([signal, round.signal]);
    const changed = options.changed?.(until);
    changed?.catch(() => undefined); // raced below; the round's end rejects it
    try {
      options.onBundle(await fetch(signal));
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      options.onFailure(error);
    }
    const waitMs =
      failures === 0 ? intervalMs : backoffMs({ baseMs: 1_000, maxMs: Math.max(intervalMs, 1_000) }, failures);
    const slept = clock.sleep(jittered(waitMs, 0.2, random), until);
    await Promise.race([slept, ...(changed === undefined ? [] : [changed])]).catch(() => undefined);
    slept.catch(() => undefined);
    round.abort(new Error("the round is over"));
  }
}
