// The cloud an operator talks to, and whose credentials it takes where a Blueprint names none.
import type { CredentialSource } from "../controllers/blueprint/credentials.ts";
import { systemClock } from "../kube/index.ts";
import type { Plugins } from "../provision/index.ts";
import type { SimulatedCloud } from "../provision/simulated/index.ts";
import type { OperatorOptions } from "./options.ts";
import type { SettingsFile } from "./settings.ts";
import { simulatedCredentials } from "./simulated-credentials.ts";

/** The administrator's word first; on the simulated cloud every namespace has an account of its own besides. */
export function defaultCredentialsOf({ cloud, namespace: home }: OperatorOptions, settings: SettingsFile) {
  return (namespace: string, provider: string): CredentialSource | undefined => {
    const named = settings.current().credentialsFor(namespace, provider);
    if (named !== undefined) return { kind: named.kind, namespace: home, name: named.name };
    if (cloud.kind !== "simulated") return undefined;
    return { kind: "variables", variables: simulatedCredentials(namespace, provider) };
  };
}

/** The simulated cloud, in this process; undefined for the real one. */
export async function startCloud({ cloud }: OperatorOptions, signal: AbortSignal): Promise<SimulatedCloud | undefined> {
  if (cloud.kind === "real") return undefined;
  const { startSimulatedCloud } = await import("../provision/simulated/index.ts"); // never loaded in a real operator
  const { controlPort, dataFile } = cloud;
  return startSimulatedCloud({
    signal,
    clock: systemClock,
    random: Math.random,
    ...(controlPort === undefined ? {} : { controlPort }),
    ...(dataFile === undefined ? {} : { dataFile }),
  });
}

/** Where workers find the provider plugins. */
export function pluginsOf({ cloud }: OperatorOptions, simulated: SimulatedCloud | undefined): Plugins {
  if (simulated !== undefined) return { kind: "attached", ports: simulated.providers };
  return { kind: "installed", home: cloud.kind === "real" ? cloud.plugins : "" };
}
