// Accounts of the simulated cloud: every namespace has one of its own on each provider, always the same.
import { createHash } from "node:crypto";

/** Credentials of a namespace; they open nothing but the simulated cloud. */
export function simulatedCredentials(namespace: string, provider: string): Readonly<Record<string, string>> {
  const digest = createHash("sha256").update(`simulated ${namespace}`).digest("hex");
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  switch (provider) {
    case "azure":
      return { ARM_CLIENT_ID: uuid, ARM_CLIENT_SECRET: "simulated", ARM_TENANT_ID: uuid, ARM_SUBSCRIPTION_ID: uuid };
    case "gcp":
      return {
        GOOGLE_PROJECT: `sim-${namespace}`.slice(0, 30).replace(/-+$/, ""),
        GOOGLE_OAUTH_ACCESS_TOKEN: "simulated",
      };
    default:
      return { AWS_ACCESS_KEY_ID: `simulated-${namespace}`, AWS_SECRET_ACCESS_KEY: "simulated" };
  }
}
