// Where bundles beside the built-in one come from, as the administrator writes it.
import { type Static, Type } from "typebox";
import { durationMs } from "../api/index.ts";
import { parseReference } from "./oci-reference.ts";

const name = Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" });
const object = Type.String({ pattern: "^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$" });

/** One bundle; exactly one of configMap, directory, http and oci. */
export const bundleEntry = Type.Object(
  {
    name,
    /** Rego sources and data, or a compiled bundle under `bundle.tar.gz`; in the operator's namespace. */
    configMap: Type.Optional(Type.Object({ name: object }, { additionalProperties: false })),
    /** The same, in a folder the operator can read. */
    directory: Type.Optional(Type.String({ pattern: "^/" })),
    http: Type.Optional(
      Type.Object(
        {
          url: Type.String({ maxLength: 2048 }),
          /** Allows http; credentials then travel in clear. */
          insecure: Type.Optional(Type.Boolean()),
        },
        { additionalProperties: false },
      ),
    ),
    oci: Type.Optional(
      Type.Object(
        {
          /** `HOST[:PORT]/REPOSITORY:TAG`, or `@sha256:HEX`. */
          reference: Type.String({ maxLength: 512 }),
          insecure: Type.Optional(Type.Boolean()),
        },
        { additionalProperties: false },
      ),
    ),
    /** PEM; the bundle must be signed by it (`opa sign`, `opa build --signing-key`). */
    publicKey: Type.Optional(Type.String({ maxLength: 8192 })),
    /** A Secret of the operator's namespace that holds it; `key` defaults to `publicKey`. */
    publicKeyRef: Type.Optional(
      Type.Object({ name: object, key: Type.Optional(Type.String({ minLength: 1 })) }, { additionalProperties: false }),
    ),
    /** A Secret of the operator's namespace with `token`, or `username` and `password`. */
    credentialsRef: Type.Optional(Type.Object({ name: object }, { additionalProperties: false })),
    /** 1s to 24h; default 1m, for a directory 1s. ConfigMaps are watched. */
    pollInterval: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export type BundleEntry = Static<typeof bundleEntry>;

/** How the operator's own bundle is called in metrics and messages. */
export const builtInName = "built-in";

const sources = ["configMap", "directory", "http", "oci"] as const;

/** What is wrong with an entry that fits the schema; undefined when nothing is. */
export function entryProblem(entry: BundleEntry): string | undefined {
  if (entry.name === builtInName) return "has the name of the operator's own: give it another";
  const given = sources.filter((source) => entry[source] !== undefined);
  if (given.length !== 1) {
    return `names ${given.length === 0 ? "no source" : given.join(" and ")}: give exactly one of ${sources.join(", ")}`;
  }
  if (entry.publicKey !== undefined && entry.publicKeyRef !== undefined) {
    return "has publicKey and publicKeyRef: give one of them";
  }
  if (pollIntervalMs(entry) === undefined) return `pollInterval ${entry.pollInterval}: give a duration of 1s to 24h`;
  if (entry.oci !== undefined) return referenceProblem(entry.oci);
  return entry.http === undefined ? undefined : urlProblem(entry.http);
}

/** Milliseconds between two looks; undefined for a duration that can't be used. */
export function pollIntervalMs({ pollInterval, directory }: BundleEntry): number | undefined {
  if (pollInterval === undefined) return directory === undefined ? 60_000 : 1_000;
  const ms = durationMs(pollInterval);
  return ms === undefined || ms < 1_000 || ms > 86_400_000 ? undefined : ms;
}

function referenceProblem({ reference }: NonNullable<BundleEntry["oci"]>): string | undefined {
  try {
    parseReference(reference, false);
    return undefined;
  } catch (error) {
    return `oci.reference: ${error instanceof Error ? error.message : "malformed"}`;
  }
}

function urlProblem({ url, insecure }: NonNullable<BundleEntry["http"]>): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return `http.url ${url} is no URL`;
  if (parsed.username !== "" || parsed.password !== "")
    return "http.url holds credentials: put them into credentialsRef";
  if (parsed.protocol === "https:" || (parsed.protocol === "http:" && insecure === true)) return undefined;
  return `http.url ${url} is not https: use https, or set insecure: true where nobody else can listen`;
}
