// What the administrator sets for policies: modes of packs and parameters of rules, for everybody or one namespace.
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { parseDocument } from "yaml";
import { canonicalText, contentDigest } from "./digest.ts";
import { expiryOf, settingsException } from "./exception.ts";
import { bundleEntry, entryProblem } from "./sources.ts";

/** How strictly a pack's findings are taken: refused, told, or only scored and reported. */
export type Mode = "Enforce" | "Warn" | "Audit";

const mode = Type.Union([Type.Literal("Enforce"), Type.Literal("Warn"), Type.Literal("Audit")]);
const parameters = Type.Record(Type.String(), Type.Unknown());

const own = {
  /** By pack (`aws`, `tagging`) or framework (`pci-dss-4.0`); a finding is taken by the strictest of its packs. */
  modes: Type.Optional(Type.Record(Type.String({ pattern: "^[a-z0-9][a-z0-9.-]*$" }), mode)),
  /** Regions resources may be in; absent: any. */
  allowedRegions: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 200 })),
  /** A plan that changes more resources than this is denied; absent: no limit. */
  maxBlastRadius: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Under OnRisk, a plan that changes more resources than this asks for approval. Default 20. */
  approvalBlastRadius: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Parameters of the organisation's packs (policies/README.md) and of one's own bundles (`custom`). */
  tagging: Type.Optional(parameters),
  residency: Type.Optional(parameters),
  limits: Type.Optional(parameters),
  windows: Type.Optional(Type.Union([parameters, Type.Array(Type.Unknown())])),
  naming: Type.Optional(parameters),
  admission: Type.Optional(parameters),
  custom: Type.Optional(parameters),
};
const perNamespace = Type.Object(own, { additionalProperties: false });
const schema = Type.Object(
  {
    ...own,
    /** What differs for one namespace: modes are added to those above, everything else replaces them. */
    namespaces: Type.Optional(Type.Record(Type.String(), perNamespace)),
    /** Findings somebody accepts for a while. */
    exceptions: Type.Optional(Type.Array(settingsException, { maxItems: 500 })),
    /** Bundles beside the built-in one: what any of them denies is denied. */
    bundles: Type.Optional(Type.Array(bundleEntry, { maxItems: 20 })),
  },
  { additionalProperties: false },
);

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** Settings as the administrator writes them. Rules see the effective ones as `input.settings`. */
export type PolicySettings = Frozen<Static<typeof schema>>;

/** What holds in one namespace, with the exceptions that are in force there. */
export type EffectiveSettings = Omit<PolicySettings, "namespaces" | "exceptions" | "bundles"> & {
  readonly exceptions?: readonly PolicyException[];
};

/** Somebody's word that a finding is accepted for a while. */
export interface PolicyException {
  readonly name: string;
  /** Globs of rule ids (`aws.s3.*`), or frameworks. */
  readonly rules: readonly string[];
  /** Globs of resource names; absent: any of the namespace. */
  readonly resources?: readonly string[];
  readonly owner: string;
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly expireTime: string;
}

/** Settings that can't be used; the message names the field and what may stand there. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SettingsError";
  }
}

/** Reads settings from YAML. Throws SettingsError. */
export function parseSettings(text: string): PolicySettings {
  const document = parseDocument(text, { uniqueKeys: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) throw new SettingsError(`the policy settings are no YAML: ${mistake.message}`);
  const value: unknown = document.toJS() ?? {};
  if (Value.Check(schema, value)) return checked(value);
  const [first] = Value.Errors(schema, value);
  const at = (first?.instancePath ?? "").replaceAll("/", ".").replace(/^\./, "");
  // A property that no schema knows is checked against `false`.
  const known = /^(exceptions|bundles)\b/.test(at) ? "" : `: use one of ${Object.keys(own).join(", ")}`;
  throw new SettingsError(
    first?.keyword === "boolean"
      ? `policy settings: ${at} is not known${known}`
      : `policy settings: ${at === "" ? "the document" : at} ${wanted(at, first?.message)}`,
  );
}

/** What may stand there: the schema's own words say of a mode only that it is another. */
function wanted(at: string, said = "is malformed"): string {
  return /(^|\.)modes\.[^.]+/.test(at) ? "must be Enforce, Warn or Audit" : said;
}

/** The settings with more exceptions than the namespace's. */
export function addExceptions(settings: EffectiveSettings, added: readonly PolicyException[]): EffectiveSettings {
  return added.length === 0 ? settings : { ...settings, exceptions: [...(settings.exceptions ?? []), ...added] };
}

/** `sha256:HEX` of settings with their exceptions: another one may let a denied plan pass. */
export function settingsDigest(settings: EffectiveSettings): string {
  return contentDigest(canonicalText(settings));
}

/** What the schema can't say. */
function checked(value: PolicySettings): PolicySettings {
  for (const list of ["exceptions", "bundles"] as const) {
    const names = (value[list] ?? []).map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new SettingsError(`policy settings: ${list} has two named ${twice}`);
  }
  for (const entry of value.bundles ?? []) {
    const problem = entryProblem(entry);
    if (problem !== undefined) throw new SettingsError(`policy settings: bundle ${entry.name} ${problem}`);
  }
  for (const { name, expireTime } of value.exceptions ?? []) {
    if (expiryOf(expireTime) === undefined) {
      throw new SettingsError(`policy settings: exception ${name}: expireTime ${expireTime} is no time`);
    }
  }
  return value;
}

/** What holds in `namespace`. */
export function settingsFor(
  all: PolicySettings,
  namespace: string,
  exceptions: readonly PolicyException[] = [],
): EffectiveSettings {
  const { namespaces, exceptions: _, bundles: __, ...general } = all;
  const special = namespaces?.[namespace] ?? {};
  const modes = { ...general.modes, ...special.modes };
  return {
    ...general,
    ...special,
    ...(Object.keys(modes).length === 0 ? {} : { modes }),
    ...(exceptions.length === 0 ? {} : { exceptions }),
  };
}
