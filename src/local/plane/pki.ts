// Keys and certificates of an embedded control plane: one CA, the API server's certificate, a service account key.
import "reflect-metadata"; // @peculiar/x509 asks for it
import * as x509 from "@peculiar/x509";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const YEAR_MS = 365 * 24 * 3_600_000;

/** A certificate authority whose private key never leaves the process. */
export interface Authority {
  readonly certificatePem: string;
  /** A serving certificate for loopback, as PEM. */
  issueServing(): Promise<{ readonly certificatePem: string; readonly keyPem: string }>;
}

/** A new self-signed authority, valid from yesterday for a year. */
export async function createAuthority(name: string, now: number): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + YEAR_MS) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString("hex"),
    name: `CN=${name}`,
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificatePem: certificate.toString("pem"),
    issueServing: async () => {
      const own = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const serving = await x509.X509CertificateGenerator.create({
        serialNumber: randomBytes(8).toString("hex"),
        subject: "CN=127.0.0.1",
        issuer: certificate.subject,
        ...validity,
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: "ip", value: "127.0.0.1" },
            { type: "dns", value: "localhost" },
            { type: "dns", value: "kubernetes.default.svc" },
          ]),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        ],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey)).toString("base64");
      const keyPem = `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`;
      return { certificatePem: serving.toString("pem"), keyPem };
    },
  };
}

/** Files every component of one plane reads; tokens are random and live only in the plane's folder. */
export interface PlaneKeys {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicFile: string;
  readonly tokensFile: string;
  readonly tokens: Readonly<Record<"admin" | "controllerManager" | "scheduler", string>>;
}

/** Writes new keys into `folder`, readable by the owner only. */
export async function writeKeys(folder: string, now: number): Promise<PlaneKeys> {
  const authority = await createAuthority("dharma-local", now);
  const serving = await authority.issueServing();
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const token = () => randomBytes(24).toString("hex");
  const tokens = { admin: token(), controllerManager: token(), scheduler: token() };
  const file = (name: string) => join(folder, name);
  const keys: PlaneKeys = {
    caFile: file("ca.crt"),
    certificateFile: file("apiserver.crt"),
    keyFile: file("apiserver.key"),
    serviceAccountKeyFile: file("sa.key"),
    serviceAccountPublicFile: file("sa.pub"),
    tokensFile: file("tokens.csv"),
    tokens,
  };
  const put = (path: string, text: string) => writeFile(path, text, { mode: 0o600 });
  await Promise.all([
    put(keys.caFile, authority.certificatePem),
    put(keys.certificateFile, serving.certificatePem),
    put(keys.keyFile, serving.keyPem),
    put(keys.serviceAccountKeyFile, privateKey),
    put(keys.serviceAccountPublicFile, publicKey),
    put(
      keys.tokensFile,
      [
        `${tokens.admin},admin,admin,"system:masters"`,
        `${tokens.controllerManager},system:kube-controller-manager,kcm,"system:kube-controller-manager"`,
        `${tokens.scheduler},system:kube-scheduler,scheduler,"system:kube-scheduler"`,
        "",
      ].join("\n"),
    ),
  ]);
  return keys;
}
