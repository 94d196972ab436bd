// Exceptions that count: those of which the webhook says who set them, and that they may.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Blueprint, ConfigMap } from "../../api/index.ts";
import type { Keyring } from "../../audit/index.ts";
import {
  blueprintExceptions,
  type BlueprintExceptionText,
  expiryOf,
  type NamespacedException,
  type PolicyException,
  type PolicySettings,
} from "../../policy/index.ts";
import { claimText, open, seal } from "./attest.ts";

/** Set by a person on a Blueprint: a list of {rules, resources, reason, expireTime} in YAML or JSON. */
export const exceptAnnotation = "iacdharma.com/except";
/** Written by the webhook beside it, or on the policy settings: who set which exceptions, and when. */
export const exceptAttestation = "iacdharma.com/except-attestation";

const settingsPurpose = "settings-exceptions";
const blueprintPurpose = "blueprint-exceptions";

/** An exception as it stands in the settings. */
export type SettingsException = NonNullable<PolicySettings["exceptions"]>[number];

/** Who may have set an exception, by the exception's digest. */
export type Setters = Readonly<Record<string, { readonly user: string; readonly time: string }>>;

/** Digest of everything an exception says. */
export function exceptionDigest(exception: object): string {
  return createHash("sha256")
    .update(canonicalize(exception) ?? "")
    .digest("hex");
}

/** The annotation that says who set the exceptions of these settings. */
export function attestSettings(keys: Keyring, settings: ConfigMap["metadata"], setters: Setters): string {
  const { namespace = "", name } = settings;
  return seal(keys, settingsPurpose, { namespace, name, setters });
}

/** Who the webhook saw setting which exceptions of the settings; nobody where it did not attest these. */
export function settersOf(keys: Keyring, { namespace = "", name, annotations }: ConfigMap["metadata"]): Setters {
  const claim = open(keys, settingsPurpose, annotations?.[exceptAttestation]);
  if (claimText(claim, "namespace") !== namespace || claimText(claim, "name") !== name) return {};
  const setters: unknown = Reflect.get(Object(claim), "setters");
  return Object.fromEntries(
    Object.entries(Object(setters)).flatMap(([digest, by]) => {
      const [user, time] = [claimText(by, "user"), claimText(by, "time")];
      return user === undefined || time === undefined ? [] : [[digest, { user, time }]];
    }),
  );
}

/** An exception of the settings as the rules compare it. */
export function inForce(exception: SettingsException): NamespacedException {
  return { ...exception, expireTime: expiryOf(exception.expireTime) ?? exception.expireTime };
}

/** What a Blueprint's annotation says, or what is wrong with it. */
export function readExcept(text: string): readonly BlueprintExceptionText[] | string {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return `${exceptAnnotation} is no YAML: ${error instanceof Error ? error.message : "?"}`;
  }
  if (Value.Check(blueprintExceptions, value)) return value;
  const [first] = Value.Errors(blueprintExceptions, value);
  const at = (first?.instancePath ?? "").replaceAll("/", ".").replace(/^\./, "");
  const what = first?.keyword === "boolean" ? "is not known" : (first?.message ?? "is malformed");
  return `${exceptAnnotation}: ${at === "" ? "it" : at} ${what}: give a list of {rules, resources, reason, expireTime}`;
}

/** The annotation that says `user` set exactly this text on this Blueprint. */
export function attestExcept(keys: Keyring, blueprint: Blueprint, user: string, time: string): string {
  const { namespace = "", name, annotations } = blueprint.metadata;
  return seal(keys, blueprintPurpose, { namespace, name, user, time, text: annotations?.[exceptAnnotation] ?? "" });
}

/** A Blueprint's own exceptions: those that count, and why the annotation counts for nothing where it does. */
export interface OwnExceptions {
  readonly exceptions: readonly PolicyException[];
  readonly refused?: string;
}

/** Reads them; who set them is their owner. */
export function exceptionsOf(keys: Keyring, blueprint: Blueprint): OwnExceptions {
  const { namespace = "", name, annotations } = blueprint.metadata;
  const text = annotations?.[exceptAnnotation];
  if (text === undefined) return { exceptions: [] };
  const claim = open(keys, blueprintPurpose, annotations?.[exceptAttestation]);
  const owner = claimText(claim, "user");
  const same =
    claimText(claim, "namespace") === namespace &&
    claimText(claim, "name") === name &&
    claimText(claim, "text") === text;
  if (!same || owner === undefined) {
    return {
      exceptions: [],
      refused: `${exceptAnnotation} counts for nothing: the admission webhook did not attest who set it; set it again while the webhook is up`,
    };
  }
  const read = readExcept(text);
  if (typeof read === "string") return { exceptions: [], refused: read };
  return {
    exceptions: read.map(({ expireTime, ...exception }, index) => ({
      name: `${name}-${index + 1}`,
      ...exception,
      owner,
      expireTime: expiryOf(expireTime) ?? expireTime,
    })),
  };
}
