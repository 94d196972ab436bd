// Certificates of the webhook server: a small authority of our own, the serving certificate, and when to renew which.
import { X509Certificate, randomBytes, type webcrypto } from "node:crypto";

/** Everything replicas share, as PEM. Times are wall clock, as certificates want it. */
export interface CertificateSet {
  /** Authorities clients should trust, the signing one first. */
  readonly bundle: readonly string[];
  readonly authorityKey: string;
  readonly serving: string;
  readonly servingKey: string;
  /** An authority that clients are being taught to trust, before it signs anything. */
  readonly next: { readonly certificate: string; readonly key: string; readonly sinceMs: number } | undefined;
}

export interface CertificatePolicy {
  /** Names clients connect to: DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Default 10 years. */
  readonly authorityMs: number;
  /** Default 90 days. */
  readonly servingMs: number;
  /** How long clients get to learn of a new authority before it signs. Default 10 minutes. */
  readonly overlapMs: number;
}

const dayMs = 86_400_000;
export const defaultCertificatePolicy: Omit<CertificatePolicy, "names"> = {
  authorityMs: 3650 * dayMs,
  servingMs: 90 * dayMs,
  overlapMs: 600_000,
};

/** What a set needs now. Renewal starts when a third of the lifetime is left. */
export type CertificateStep =
  | "keep"
  | "startOver"
  | "introduceAuthority"
  | "promoteAuthority"
  | "renewServing"
  | "dropExpired";

/** Pure: decides by the clock and the names alone. A set that can't be read needs `startOver`. */
export function nextStep(set: CertificateSet, policy: CertificatePolicy, nowMs: number): CertificateStep {
  const bundle = set.bundle.map(readCertificate);
  const signing = bundle[0];
  const serving = readCertificate(set.serving);
  if (signing === undefined || serving === undefined || bundle.includes(undefined)) return "startOver";
  if (signing.validToDate.getTime() <= nowMs) return "startOver";
  if (set.next && nowMs - set.next.sinceMs >= policy.overlapMs) return "promoteAuthority";
  if (!set.next && isAging(signing, nowMs)) return "introduceAuthority";
  if (isAging(serving, nowMs) || !serving.checkIssued(signing) || !covers(serving, policy.names)) return "renewServing";
  return bundle.some((each) => each !== undefined && each.validToDate.getTime() <= nowMs) ? "dropExpired" : "keep";
}

/** Carries `step` out; to be repeated until `nextStep` says keep. */
export async function takeStep(
  step: Exclude<CertificateStep, "keep">,
  set: CertificateSet | undefined,
  policy: CertificatePolicy,
  nowMs: number,
): Promise<CertificateSet> {
  if (step === "startOver" || set === undefined) {
    const authority = await createAuthority(policy, nowMs);
    const bundle = [authority.certificate];
    return { bundle, authorityKey: authority.key, ...(await issue(authority, policy, nowMs)), next: undefined };
  }
  const [signing = ""] = set.bundle;
  const alive = set.bundle.filter((pem) => (readCertificate(pem)?.validToDate.getTime() ?? 0) > nowMs);
  switch (step) {
    case "introduceAuthority": {
      const next = { ...(await createAuthority(policy, nowMs)), sinceMs: nowMs };
      return { ...set, bundle: [...alive, next.certificate], next };
    }
    case "promoteAuthority": {
      const { next } = set;
      if (next === undefined) return set;
      const bundle = [next.certificate, ...alive.filter((pem) => pem.trim() !== next.certificate.trim())];
      return { bundle, authorityKey: next.key, ...(await issue(next, policy, nowMs)), next: undefined };
    }
    case "renewServing":
      return { ...set, ...(await issue({ certificate: signing, key: set.authorityKey }, policy, nowMs)) };
    case "dropExpired":
      return { ...set, bundle: alive };
  }
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** Clocks of clients may be behind. */
const backdateMs = 300_000;

/** Loaded when a certificate is made: once in sixty days, and never where somebody else makes them. */
async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata"); // asked for by what comes next
  return import("@peculiar/x509");
}

interface Authority {
  readonly certificate: string;
  readonly key: string;
}

async function createAuthority(policy: CertificatePolicy, nowMs: number): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = serial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    // Each authority has a name of its own, so that a bundle of two is never ambiguous.
    name: `CN=dharma-webhook-ca-${serialNumber.slice(0, 8)}`,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(nowMs + policy.authorityMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
}

async function issue(authority: Authority, policy: CertificatePolicy, nowMs: number) {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=dharma-webhook",
    issuer: issuer.subject,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(Math.min(nowMs + policy.servingMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        policy.names.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { serving: certificate.toString("pem"), servingKey: await exportKey(keys.privateKey) };
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined; // not a certificate: the caller starts over
  }
}

function isAging(certificate: X509Certificate, nowMs: number): boolean {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  return to - nowMs < (to - from) / 3;
}

function covers(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) =>
    isAddress(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name) !== undefined,
  );
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":");
}

/** Positive and not zero: the first byte is below 0x80 and not 0. */
function serial(): string {
  return `5a${randomBytes(15).toString("hex")}`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}
