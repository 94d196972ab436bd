// Signatures of bundles as OPA defines them: a JWT over the digest of each file.
// Facts: openpolicyagent.org/docs/management-bundles#signing, and bundle/verify.go, bundle/hash.go of github.com/open-policy-agent/opa.
import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { asArray, asRecord, asText } from "../kube/json.ts";
import { BundleError } from "./bundle.ts";

const signatureFile = ".signatures.json";

/**
 * Checks that `.signatures.json` has a JWT by `publicKey` (PEM, RSA or EC) over exactly these files. Throws BundleError
 * that says what differs.
 */
export function verifySignature(files: ReadonlyMap<string, Uint8Array>, publicKey: string): void {
  const key = keyOf(publicKey);
  const text = files.get(signatureFile);
  if (text === undefined) {
    throw refused("it is not signed: sign it with `opa sign` or `opa build --signing-key`, or take publicKey away");
  }
  const [token] = asArray(asRecord(jsonOf(text)).signatures);
  const signed = new Map(
    asArray(asRecord(payloadOf(asText(token), key)).files).map((file) => {
      const { name, hash, algorithm } = asRecord(file);
      return [asText(name), { hash: asText(hash), algorithm: asText(algorithm) }] as const;
    }),
  );
  for (const [path, bytes] of files) {
    if (path === signatureFile) continue;
    const expected = signed.get(path);
    if (expected === undefined) throw refused(`file ${path} is not in its signature: sign it again`);
    if (hashOf(path, bytes, expected.algorithm) !== expected.hash.toLowerCase()) {
      throw refused(`file ${path} is not what was signed: sign it again, or find out who changed it`);
    }
    signed.delete(path);
  }
  const [absent] = signed.keys();
  if (absent !== undefined) throw refused(`file ${absent} was signed and is missing`);
}

/** By the JWT's `alg`: the key's type it needs, and how node:crypto verifies it. The key decides, never the token. */
const algorithms: Readonly<Record<string, { readonly type: string; readonly hash: string; readonly pss?: true }>> = {
  RS256: { type: "rsa", hash: "sha256" },
  RS384: { type: "rsa", hash: "sha384" },
  RS512: { type: "rsa", hash: "sha512" },
  PS256: { type: "rsa", hash: "sha256", pss: true },
  PS384: { type: "rsa", hash: "sha384", pss: true },
  PS512: { type: "rsa", hash: "sha512", pss: true },
  ES256: { type: "ec", hash: "sha256" },
  ES384: { type: "ec", hash: "sha384" },
  ES512: { type: "ec", hash: "sha512" },
};

function payloadOf(token: string, key: KeyObject): unknown {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  if (signature === "" || rest.length > 0) throw refused(`${signatureFile} holds no JWT`);
  const alg = asText(asRecord(jsonOf(Buffer.from(header, "base64url"))).alg);
  const algorithm = algorithms[alg];
  if (algorithm === undefined || algorithm.type !== key.asymmetricKeyType) {
    throw refused(
      `it is signed by ${alg || "nothing known"}, and publicKey is a key for ${key.asymmetricKeyType ?? "?"}`,
    );
  }
  const genuine = verify(
    algorithm.hash,
    Buffer.from(`${header}.${payload}`),
    {
      key,
      dsaEncoding: "ieee-p1363",
      ...(algorithm.pss === undefined
        ? {}
        : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
    },
    Buffer.from(signature, "base64url"),
  );
  if (!genuine) throw refused("its signature is not by publicKey: sign it with that key's other half");
  return jsonOf(Buffer.from(payload, "base64url"));
}

function keyOf(pem: string): KeyObject {
  try {
    // A private key would be turned into its public half: whoever gives one should hear of it.
    if (pem.includes("PRIVATE KEY")) throw new RangeError("a private key");
    return createPublicKey(pem);
  } catch (error) {
    throw new BundleError("publicKey is no public key: give PEM that begins with -----BEGIN PUBLIC KEY-----", error);
  }
}

const hashes: Readonly<Record<string, string>> = {
  "SHA-224": "sha224",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "SHA-512-224": "sha512-224",
  "SHA-512-256": "sha512-256",
};

function hashOf(path: string, bytes: Uint8Array, algorithm: string): string {
  const name = hashes[algorithm];
  if (name === undefined) throw refused(`file ${path} is hashed by ${algorithm}: use SHA-256, SHA-384 or SHA-512`);
  const base = path.slice(path.lastIndexOf("/") + 1);
  if (base === "data.yaml") throw refused(`${path}: signed YAML data is not understood: give data.json`);
  // Structured files are hashed by what they say, not by how they are laid out.
  const content = base === "data.json" || base === ".manifest" ? structured(bytes) : bytes;
  return createHash(name).update(content).digest("hex");
}

/** Compact JSON, members sorted by their UTF-8 names, numbers as they were written, `<>&` as they are. */
function structured(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return written(
      JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
        typeof value === "number" ? new Written(context?.source ?? String(value)) : value,
      ),
    );
  } catch (error) {
    throw refused("its data is no JSON", error);
  }
}

/** A number by its own text. */
class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function written(value: unknown): string {
  if (value instanceof Written) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) {
    // encoding/json escapes these two where JavaScript does not.
    return JSON.stringify(value)
      .replaceAll("\u2028", String.raw`\u2028`)
      .replaceAll("\u2029", String.raw`\u2029`);
  }
  const members = Object.entries(value).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${members.map(([name, member]) => `${written(name)}:${written(member)}`).join(",")}}`;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw refused(`its signature can't be read: ${error instanceof Error ? error.message : "no JSON"}`, error);
  }
}

function refused(why: string, cause?: unknown): BundleError {
  return new BundleError(`the policy bundle's signature is refused: ${why}`, cause);
}
