// What a settings ConfigMap says, and which of its exceptions count.
import { createHash } from "node:crypto";
import type { ConfigMap } from "../../api/index.ts";
import { type NamespacedException, parseSettings, type PolicySettings, SettingsError } from "../../policy/index.ts";
import type { Keyring } from "../../audit/index.ts";
import { exceptionDigest, inForce, settersOf, type SettingsException } from "../attestation/exceptions.ts";
import { policyLabel, settingsKey } from "./names.ts";

/** `everybody`: there is no webhook, and whoever may write the settings is believed. */
export type Trust = { readonly kind: "attested"; readonly keys: Keyring } | { readonly kind: "everybody" };

/** Settings that were read. */
export interface LoadedSettings {
  readonly kind: "loaded";
  /** `sha256:HEX` of the document. */
  readonly digest: string;
  readonly settings: PolicySettings;
  readonly exceptions: readonly NamespacedException[];
  /** Exceptions that don't count, each with why. */
  readonly ignored: readonly string[];
}

export interface BrokenSettings {
  readonly kind: "broken";
  readonly digest: string;
  readonly message: string;
}

/** Reads them; never throws for what somebody wrote. */
export function readSettings(configMap: ConfigMap, trust: Trust, now: number): LoadedSettings | BrokenSettings {
  const text = configMap.data?.[settingsKey] ?? "";
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  try {
    const settings = parseSettings(text);
    const judged = (settings.exceptions ?? []).map((exception) => ({
      exception: inForce(exception),
      why: ignoredBecause(exception, configMap, trust, now),
    }));
    return {
      kind: "loaded",
      digest,
      settings,
      exceptions: judged.flatMap(({ exception, why }) => (why === undefined ? [exception] : [])),
      ignored: judged.flatMap(({ exception, why }) =>
        why === undefined ? [] : [`exception ${exception.name} ${why}`],
      ),
    };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { kind: "broken", digest, message: error.message };
  }
}

function ignoredBecause(
  exception: SettingsException,
  { metadata }: ConfigMap,
  trust: Trust,
  now: number,
): string | undefined {
  if (Date.parse(exception.expireTime) <= now) return `expired at ${exception.expireTime}: take it out`;
  if (trust.kind === "everybody" || settersOf(trust.keys, metadata)[exceptionDigest(exception)] !== undefined) {
    return undefined;
  }
  const label = metadata.labels?.[policyLabel] === undefined ? ` and the ConfigMap has the label ${policyLabel}` : "";
  return `is not attested: take it out and set it again while the admission webhook is up${label}`;
}
