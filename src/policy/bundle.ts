// A compiled policy bundle: WebAssembly module, data, and which decision points it has rules for.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { canonicalText, contentDigest } from "./digest.ts";
import { readTar } from "./tar.ts";

export interface Bundle {
  /** `sha256:HEX` of module, data and entrypoints; not of the archive, whose bytes carry times. */
  readonly digest: string;
  readonly module: WebAssembly.Module;
  readonly data: Readonly<Record<string, unknown>>;
  /** e.g. `dharma/plan/decision`. */
  readonly entrypoints: readonly string[];
}

/** Where Decide takes its bundle from; asked at each decision, so a new one takes effect at once. */
export interface BundleSource {
  /** Undefined: there is none, and everything is denied. */
  readonly current: () => Bundle | undefined;
  /** Bundles beside it: what any of them denies is denied. */
  readonly extra?: () => readonly Bundle[];
  /** What must be there and isn't (`policy bundle NAME`): as long as there is something, everything is denied. */
  readonly missing?: () => readonly string[];
  /** Resolves when no bundle is being loaded for the first time. Rejects with the signal's reason. */
  readonly settled?: (signal: AbortSignal) => Promise<void>;
}

/** A bundle that can't be used; the message says what to do. */
export class BundleError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "BundleError";
  }
}

/** Reads a compiled bundle (`opa build -t wasm`, a tar.gz). Rejects with BundleError when it isn't one. */
export async function loadBundle(path: string, { signal }: { readonly signal: AbortSignal }): Promise<Bundle> {
  let archive: Uint8Array;
  try {
    archive = await readFile(path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new BundleError(
      `can't read the policy bundle ${path}: give the path of a bundle made by build-policies`,
      error,
    );
  }
  return parseBundle(archive, path);
}

/** Same, from bytes; `name` is for messages. */
export async function parseBundle(archive: Uint8Array, name: string): Promise<Bundle> {
  return bundleOfFiles(unpack(archive, name), name);
}

/** Files of a tar.gz by name. Throws BundleError for what is none, or holds more than `maxUnpacked` bytes. */
export function unpack(archive: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  try {
    return readTar(gunzipSync(archive, { maxOutputLength: maxUnpacked }));
  } catch (error) {
    throw new BundleError(
      `${name} can't be used, it is no tar.gz: ${error instanceof Error ? error.message : "?"}`,
      error,
    );
  }
}

/** A compiled bundle from its files. Rejects with BundleError when they are none. */
export async function bundleOfFiles(files: ReadonlyMap<string, Uint8Array>, name: string): Promise<Bundle> {
  try {
    const wasm = files.get("policy.wasm");
    if (wasm === undefined) throw new RangeError("it holds no policy.wasm: build it with `opa build -t wasm`");
    const data = objectOf(JSON.parse(textOf(files.get("data.json"))));
    const entrypoints = entrypointsOf(JSON.parse(textOf(files.get(".manifest"))));
    const module = await WebAssembly.compile(Uint8Array.from(wasm));
    const digest = contentDigest(wasm, canonicalText(data), canonicalText(entrypoints));
    return { digest, module, data, entrypoints };
  } catch (error) {
    throw unusable(name, error);
  }
}

const maxUnpacked = 256 << 20;

function unusable(name: string, error: unknown): BundleError {
  return new BundleError(
    `the policy bundle ${name} can't be used: ${error instanceof Error ? error.message : "?"}`,
    error,
  );
}

/** What decides together: one bundle's own digest; of several, a digest of theirs; "" of none. */
export function bundlesDigest(bundles: readonly Bundle[]): string {
  const [first, ...others] = bundles.map(({ digest }) => digest);
  if (first === undefined) return "";
  return others.length === 0 ? first : contentDigest(...[first, ...others].toSorted());
}

/** Every bundle that decides now, the built-in one first. */
export function decidingBundles({ current, extra }: Pick<BundleSource, "current" | "extra">): readonly Bundle[] {
  const builtIn = current();
  return [...(builtIn === undefined ? [] : [builtIn]), ...(extra?.() ?? [])];
}

/** Digest of what decides now; "" where something is missing, so that everything is denied. */
export function decidingDigest(source: BundleSource): string {
  return (source.missing?.().length ?? 0) > 0 ? "" : bundlesDigest(decidingBundles(source));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RangeError("its data is no object");
  return Object.fromEntries(Object.entries(value));
}

function textOf(file: Uint8Array | undefined): string {
  return file === undefined ? "{}" : Buffer.from(file).toString("utf8");
}

function entrypointsOf(manifest: unknown): readonly string[] {
  const resolvers: unknown =
    typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "wasm") : undefined;
  if (!Array.isArray(resolvers)) throw new RangeError("its manifest names no entrypoint: build it with `-e`");
  return resolvers
    .map((resolver: unknown) =>
      typeof resolver === "object" && resolver !== null ? String(Reflect.get(resolver, "entrypoint")) : "",
    )
    .filter((entrypoint) => entrypoint !== "")
    .toSorted();
}
