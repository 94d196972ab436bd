// The certificates of the webhook server in one Secret, changed by compare-and-swap, so that all replicas serve the same.
import { type Secret, secrets } from "../api/core.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import { type CertificatePolicy, type CertificateSet, nextStep, takeStep } from "./certificates.ts";

export interface CertificateSecretOptions {
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
  readonly policy: CertificatePolicy;
}

const sinceAnnotation = "iacdharma.com/next-ca-since";

/** Reads the set, brings it to where it should be at `nowMs` (wall clock), and returns it. Replicas may race: one wins. */
export async function ensureCertificates(
  options: CertificateSecretOptions,
  nowMs: number,
  signal: AbortSignal,
): Promise<CertificateSet> {
  const { kube, policy } = options;
  // Each lost race and each step is one round; more than a few of either means that something else rewrites the Secret.
  for (let round = 0; round < 12; round += 1) {
    const stored = await read(options, signal);
    const set = stored && parseSecret(stored);
    const step = set ? nextStep(set, policy, nowMs) : "startOver";
    if (set && step === "keep") return set;
    const next = await takeStep(step === "keep" ? "startOver" : step, set, policy, nowMs);
    const secret = secretOf(options, stored, next);
    try {
      await (stored ? kube.update(secrets, secret, { signal }) : kube.create(secrets, secret, { signal }));
    } catch (error) {
      if (!isKubeError(error, "conflict", "alreadyExists", "notFound")) throw error;
    }
  }
  throw new Error(`Secret ${options.namespace}/${options.name} keeps changing; find out who else writes it`);
}

/** Undefined when fields are missing or unreadable. */
export function parseSecret(secret: Secret): CertificateSet | undefined {
  const value = (name: string) => Buffer.from(secret.data?.[name] ?? "", "base64").toString();
  const bundle = value("ca.crt").match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g);
  const [authorityKey, serving, servingKey] = [value("ca.key"), value("tls.crt"), value("tls.key")];
  if (!bundle || !authorityKey || !serving || !servingKey) return undefined;
  const [certificate, key] = [value("next-ca.crt"), value("next-ca.key")];
  const sinceMs = Date.parse(secret.metadata.annotations?.[sinceAnnotation] ?? "");
  const next = certificate && key && !Number.isNaN(sinceMs) ? { certificate, key, sinceMs } : undefined;
  return { bundle: [...bundle], authorityKey, serving, servingKey, next };
}

function secretOf(options: CertificateSecretOptions, stored: Secret | undefined, set: CertificateSet): Secret {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const { [sinceAnnotation]: _former, ...annotations } = stored?.metadata.annotations ?? {};
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: stored?.type ?? "kubernetes.io/tls",
    metadata: {
      ...stored?.metadata,
      name: options.name,
      namespace: options.namespace,
      annotations: set.next
        ? { ...annotations, [sinceAnnotation]: new Date(set.next.sinceMs).toISOString() }
        : annotations,
    },
    data: {
      "ca.crt": encode(set.bundle.map((pem) => `${pem.trimEnd()}\n`).join("")),
      "ca.key": encode(set.authorityKey),
      "tls.crt": encode(set.serving),
      "tls.key": encode(set.servingKey),
      ...(set.next ? { "next-ca.crt": encode(set.next.certificate), "next-ca.key": encode(set.next.key) } : {}),
    },
  };
}

async function read(options: CertificateSecretOptions, signal: AbortSignal): Promise<Secret | undefined> {
  try {
    return await options.kube.get(secrets, { namespace: options.namespace, name: options.name }, { signal });
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}
