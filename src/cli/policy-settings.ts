// The policy settings as a person's command reads them: from the operator's namespace, exceptions at their word.
import { configMaps } from "../api/index.ts";
import { defaultSettingsName } from "../controllers/policy/names.ts";
import { type LoadedSettings, readSettings } from "../controllers/policy/settings.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";

export interface SettingsPlace {
  /** The operator's namespace. */
  readonly operatorNamespace: string;
  /** Name of the settings' ConfigMap. */
  readonly policyConfig: string;
}

/** Where they are unless the operator was started with other flags. */
export const defaultPlace: SettingsPlace = { operatorNamespace: "dharma-system", policyConfig: defaultSettingsName };

/**
 * The settings in the cluster now; none set: empty ones. Only the operator can tell which exceptions are attested, so all
 * that have not expired are taken. Rejects with CommandError where they may not be read, or can't be.
 */
export async function currentSettings(
  kube: Kube,
  { operatorNamespace: namespace, policyConfig: name }: SettingsPlace,
  now: number,
  signal: AbortSignal,
): Promise<LoadedSettings> {
  try {
    const read = readSettings(await kube.get(configMaps, { namespace, name }, { signal }), { kind: "everybody" }, now);
    if (read.kind === "loaded") return read;
    throw new CommandError(`The policy settings ${namespace}/${name} can't be read: ${read.message}`);
  } catch (error) {
    if (isKubeError(error, "notFound"))
      return { kind: "loaded", digest: "", settings: {}, exceptions: [], ignored: [] };
    if (!isKubeError(error, "forbidden")) throw error;
    throw new CommandError(
      `You may not read the policy settings: ask for the verb get on ConfigMap ${name} in namespace ${namespace}.`,
    );
  }
}
