// Which of the administrator's settings a rule goes by, as a fragment to edit for some namespaces.
import { packOf } from "./catalog.ts";
import { type PolicySettings, settingsFor } from "./settings.ts";
import type { Mined } from "./suggest-mined.ts";

/** What to change so that a rule does not speak: its own parameter, or the mode of its pack where it has none. */
export interface ParameterChange {
  readonly kind: "parameter" | "mode";
  readonly change: string;
  /** The setting as it is, to be widened; absent where nothing is set. */
  readonly settings?: PolicySettings;
}

// From policies/README.md, "Settings", and policies/plan.
const parameters = [
  ["dharma.region.", "allowedRegions", "add the region to allowedRegions"],
  ["dharma.change.blast-radius", "maxBlastRadius", "raise maxBlastRadius"],
  ["dharma.change.wide", "approvalBlastRadius", "raise approvalBlastRadius (20 where nothing is set)"],
  ["tagging.", "tagging", "take the tag out of tagging.required or .labels, or its value into tagging.allowed"],
  ["residency.", "residency", "add the place to residency.allowedRegions or .byDataClass"],
  ["limits.", "limits", "raise the limit"],
  ["windows.", "windows", "widen the windows, or end the freeze"],
  ["naming.", "naming", "widen the pattern in naming.patterns"],
  ["admission.", "admission", "take the requirement out of admission, or the label out of admission.production"],
] as const;

/** Undefined where the settings are not known, or no namespace is. */
export function parameterChange(
  rule: string,
  namespaces: readonly string[],
  { settings, catalog }: Mined,
): ParameterChange | undefined {
  if (settings === undefined || namespaces.length === 0) return undefined;
  const where = namespaces.length === 1 ? `namespace ${namespaces[0] ?? ""}` : `namespaces ${namespaces.join(", ")}`;
  const [, parameter, how] = parameters.find(([prefix]) => rule.startsWith(prefix)) ?? [];
  if (parameter !== undefined) {
    const set = namespaces.flatMap((namespace) => {
      const value = settingsFor(settings, namespace)[parameter];
      return value === undefined ? [] : [[namespace, { [parameter]: value }] as const];
    });
    return {
      kind: "parameter",
      change: `For ${where}, ${how}${set.length === 0 ? "" : "; the fragment has the present value"}.`,
      ...(set.length === 0 ? {} : { settings: { namespaces: Object.fromEntries(set) } }),
    };
  }
  const pack = packOf(rule);
  const others = Object.keys(catalog).filter((id) => id !== rule && packOf(id) === pack).length;
  return {
    kind: "mode",
    change: `${rule} has no parameter. Where it is not meant for ${where}, its pack ${pack} can be Warn there: that loosens ${others} other controls too, so a longer exception of this rule may be the better way.`,
    settings: { namespaces: Object.fromEntries(namespaces.map((name) => [name, { modes: { [pack]: "Warn" } }])) },
  };
}
