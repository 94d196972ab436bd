// The catalog of controls: what the rules' own annotations say, as data for rules, scores and people.
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { isRecord } from "../kube/json.ts";

const controlSchema = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    severity: Type.Union([Type.Literal("Low"), Type.Literal("Medium"), Type.Literal("High"), Type.Literal("Critical")]),
    /** Pulumi type tokens the control looks at; empty: the whole input. */
    types: Type.Array(Type.String({ minLength: 1 })),
    /** Properties (dotted) without which it can't be judged. */
    needs: Type.Array(Type.String({ minLength: 1 })),
    /** `FRAMEWORK/ID`. */
    controls: Type.Array(Type.String({ pattern: "^[a-z0-9.-]+/[^/\\s].*$" })),
    remediation: Type.String({ minLength: 1 }),
  },
  { additionalProperties: false },
);

/** One control, as its rule's annotation tells of it. */
export type Control = Readonly<Static<typeof controlSchema>>;

/** Controls by rule id (`aws.s3.versioning`). The part before the first dot is the pack. */
export type Catalog = Readonly<Record<string, Control>>;

/**
 * The catalog of each pack, from the output of `opa inspect --annotations --format=json`. Throws RangeError that names the
 * rule where an annotation is incomplete, or an id is used twice.
 */
export function catalogsOf(inspected: unknown): Readonly<Record<string, Catalog>> {
  const packs: Record<string, Record<string, Control>> = {};
  const files = new Map<string, string>();
  for (const { annotations, path, location } of annotationsOf(inspected)) {
    const at = path.map(({ value }) => String(value));
    if (at[1] !== "dharma" || at[2] !== "controls" || at.at(-1) !== "fails") continue;
    const { id, ...custom }: Readonly<Record<string, unknown>> = { needs: [], ...annotations.custom };
    const where = `${location.file}:${location.row}`;
    if (typeof id !== "string" || !/^[a-z0-9]+(\.[a-z0-9-]+)+$/.test(id)) {
      throw new RangeError(`${where}: \`custom.id\` must be PACK.FAMILY.NAME in lower case`);
    }
    const earlier = files.get(id);
    if (earlier !== undefined) throw new RangeError(`${where}: the id ${id} is used at ${earlier} already`);
    files.set(id, where);
    const control: unknown = { title: annotations.title, ...custom };
    if (!Value.Check(controlSchema, control)) {
      const [first] = Value.Errors(controlSchema, control);
      throw new RangeError(`${where}: ${id}: ${first?.instancePath ?? ""} ${first?.message ?? "is malformed"}`);
    }
    const pack = (packs[packOf(id)] ??= {});
    pack[id] = control;
  }
  return packs;
}

/** The controls in a bundle's data (`data.catalog.PACK.ID`). What is malformed there is left out. */
export function catalogIn(data: Readonly<Record<string, unknown>>): Catalog {
  const packs = data["catalog"];
  if (!isRecord(packs)) return {};
  const entries = Object.values(packs).flatMap((pack) => (isRecord(pack) ? Object.entries(pack) : []));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Control] => Value.Check(controlSchema, entry[1])),
  );
}

/** The pack a rule belongs to. */
export function packOf(rule: string): string {
  return rule.slice(0, rule.indexOf("."));
}

/** The framework of a control id: `cis-aws-6.0` of `cis-aws-6.0/3.1.4`. */
export function frameworkOf(control: string): string {
  return control.slice(0, control.indexOf("/"));
}

interface Annotated {
  readonly annotations: { readonly title?: string; readonly custom?: Readonly<Record<string, unknown>> };
  readonly path: readonly { readonly value: unknown }[];
  readonly location: { readonly file: string; readonly row: number };
}

function annotationsOf(inspected: unknown): readonly Annotated[] {
  const annotations = isRecord(inspected) ? inspected["annotations"] : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form that `opa inspect` documents
  return Array.isArray(annotations) ? (annotations as Annotated[]) : [];
}
