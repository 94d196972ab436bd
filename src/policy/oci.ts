// A bundle in an OCI registry, pulled by the distribution specification: manifest, then the layer OPA pushes.
// Facts: github.com/opencontainers/distribution-spec (pull), the token flow of distribution/distribution (auth/token),
// and openpolicyagent.org/docs/management-bundles#oci for the layer's media type.
import { createHash } from "node:crypto";
import { asArray, asRecord, asText } from "../kube/json.ts";
import { BundleError, unpack } from "./bundle.ts";
import { type Answer, get, type Transport } from "./http.ts";
import { authorizationOf, type Credentials, hintOf, type ReadCredentials } from "./http-source.ts";
import { parseReference } from "./oci-reference.ts";
import type { ReadSource } from "./sources-fetch.ts";

export interface OciSourceOptions {
  /** `HOST[:PORT]/REPOSITORY`, with `:TAG` or `@sha256:HEX`. */
  readonly reference: string;
  readonly insecure: boolean;
  readonly credentials: ReadCredentials;
  readonly transport: Transport;
}

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Reads the manifest at each look, the layer only when its digest is another one. */
export function ociSource(options: OciSourceOptions): ReadSource {
  const { reference } = options;
  const { base, repository, tag } = parseReference(reference, options.insecure);
  return async (known, signal) => {
    const ask = await asking(options, repository, signal);
    const manifest = await ask(`${base}/manifests/${tag}`, { accept: manifestTypes.join(", ") });
    if (tag.startsWith("sha256:")) checkDigest(manifest.body, tag, reference);
    const digest = layerOf(manifest.body, reference);
    if (digest === known) return undefined;
    const layer = await ask(`${base}/blobs/${digest}`, { accept: "*/*" });
    checkDigest(layer.body, digest, reference);
    return { revision: digest, files: unpack(layer.body, reference) };
  };
}

type Ask = (url: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;

/** Asks with what the registry wants: nothing, the credentials, or a token got for them once a look. */
async function asking(options: OciSourceOptions, repository: string, signal: AbortSignal): Promise<Ask> {
  const { insecure, transport } = options;
  const credentials = await options.credentials(signal);
  let authorization = credentials?.kind === "token" ? authorizationOf(credentials) : undefined;
  const send = (url: string, headers: Readonly<Record<string, string>>) =>
    get(url, { headers, authorization, insecure, signal }, transport);
  return async (url, headers) => {
    let answer = await send(url, headers);
    if (answer.status === 401) {
      const challenge = answer.headers.get("www-authenticate") ?? "";
      authorization = await answerTo(challenge, repository, credentials, options, signal);
      answer = await send(url, headers);
    }
    if (answer.status !== 200) throw new BundleError(`${url} answers ${answer.status}${hintOf(answer.status)}`);
    return answer;
  };
}

async function answerTo(
  challenge: string,
  repository: string,
  credentials: Credentials | undefined,
  { insecure, transport, reference }: OciSourceOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const known = authorizationOf(credentials);
  if (/^basic\b/i.test(challenge)) return known;
  const wanted = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const realm = asText(wanted["realm"]);
  if (!/^bearer\b/i.test(challenge) || URL.parse(realm) === null) {
    throw new BundleError(`the registry of ${reference} asks for credentials in a way that is not known: ${challenge}`);
  }
  const url = new URL(realm);
  if (wanted["service"] !== undefined) url.searchParams.set("service", wanted["service"]);
  url.searchParams.set("scope", wanted["scope"] ?? `repository:${repository}:pull`);
  const answer = await get(url.href, { headers: {}, authorization: known, insecure, signal }, transport);
  if (answer.status !== 200) {
    throw new BundleError(`${url.origin} gives no token: it answers ${answer.status}${hintOf(answer.status)}`);
  }
  const { token, access_token: accessToken } = asRecord(parsed(answer.body, `the token of ${url.origin}`));
  return `Bearer ${asText(token) || asText(accessToken)}`;
}

/** Digest of the layer that is a bundle. */
function layerOf(manifest: Uint8Array, reference: string): string {
  const layers = asArray(asRecord(parsed(manifest, `the manifest of ${reference}`))["layers"]).map(asRecord);
  const bundles = layers.filter(({ mediaType }) => mediaType === layerType);
  const digest = asText(bundles[0]?.["digest"]);
  if (bundles.length !== 1 || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new BundleError(`${reference} has ${bundles.length} layers of type ${layerType}: push a bundle with one`);
  }
  return digest;
}

function checkDigest(body: Uint8Array, digest: string, reference: string): void {
  const found = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  if (found !== digest) throw new BundleError(`${reference}: the registry sent ${found} for ${digest}: it is not used`);
}

function parsed(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (error) {
    throw new BundleError(`${what} is no JSON`, error);
  }
}
