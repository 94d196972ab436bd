// Teams and how each works: what it knows of good settings, how soon it mends what is reported, how often it changes things.
import type { Dice } from "./compliance-dice.ts";
import type { Example, Family } from "./compliance-library.ts";
import { edited, type Unit, unitOf } from "./compliance-unit.ts";

export interface Blueprint {
  readonly id: string;
  readonly units: Unit[];
  /** Days since the beginning on which it changed. */
  readonly changes: number[];
  /** As it was, the newest last: what a rollback goes back to. */
  readonly past: Unit[][];
  /** Units by place that are put back on a day: hot fixes, and templates that are generated again. */
  readonly due: { readonly day: number; readonly place: number; readonly unit: Unit }[];
}

export interface Team {
  readonly namespace: string;
  readonly blueprints: readonly Blueprint[];
  /** Chance that an edit takes a good example. */
  readonly care: number;
  /** Days until half of what is reported is mended, where it is High. */
  readonly mendDays: number;
  /** Changes of a Blueprint a day. */
  readonly pace: number;
  /** Whether mends are overwritten by what the Blueprint is generated from. */
  readonly generated: number;
  /** Chance of a hot fix, of a rollback, a day. */
  readonly hotFixes: number;
  readonly rollbacks: number;
  /** How gladly an example is used: habits. */
  readonly taste: ReadonlyMap<Example, number>;
  /** Days between sprints in which one family or pack is cleaned up. */
  readonly sprintEvery: number;
}

/** Templates of the organisation: a few for each family. */
export type Templates = ReadonlyMap<string, readonly { readonly lineage: string; readonly unit: Unit }[]>;

export interface Organisation {
  readonly families: readonly Family[];
  readonly templates: Templates;
  readonly teams: readonly Team[];
}

/** An organisation drawn from the dice. */
export function organisationOf(families: readonly Family[], teams: number, dice: Dice): Organisation {
  const templates = new Map(families.map((family) => [family.name, templatesOf(family, dice)]));
  const care = dice.between(0.6, 0.85);
  return {
    families,
    templates,
    teams: Array.from({ length: teams }, (_, index) => teamOf(`team-${index}`, families, templates, care, dice)),
  };
}

function templatesOf(family: Family, dice: Dice) {
  return Array.from({ length: 3 }, (_, index) => {
    const lineage = `${family.name}/${index}`;
    const example = dice.pick(family.examples, ({ resources, fails }) => resources.length / (1 + fails.length));
    const good = family.examples.filter(({ fails }) => fails.length === 0);
    const first = unitOf(family.name, lineage, example ?? { resources: [], fails: [], passes: [] });
    const unit = dice.some(good, dice.whole(0, 8)).reduce((made, one) => edited(made, one, dice), first);
    return { lineage, unit };
  });
}

function teamOf(namespace: string, families: readonly Family[], templates: Templates, care: number, dice: Dice): Team {
  const cloud = dice.pick(["aws", "azure", "gcp"]) ?? "aws";
  const own = families.filter(({ name }) => name.startsWith(cloud) || name.startsWith("kubernetes"));
  const taste = new Map(families.flatMap(({ examples }) => examples.map((one) => [one, dice.logBetween(0.1, 10)])));
  return {
    namespace,
    blueprints: Array.from({ length: dice.whole(2, 5) }, (_, index) =>
      blueprintOf(`${namespace}/b${index}`, partsOf(own, dice), templates, dice),
    ),
    care: Math.min(0.98, Math.max(0.2, care + dice.between(-0.3, 0.25))),
    mendDays: dice.logBetween(1.5, 60),
    pace: dice.logBetween(0.08, 1.2),
    generated: dice.chance(0.3) ? dice.between(0.2, 0.8) : 0,
    hotFixes: dice.logBetween(0.003, 0.05),
    rollbacks: dice.logBetween(0.002, 0.02),
    taste,
    sprintEvery: dice.logBetween(15, 120),
  };
}

/** Families of one Blueprint: each of a cloud once, workloads as often as they come. */
function partsOf(own: readonly Family[], dice: Dice): readonly Family[] {
  const workloads = own.filter(({ name }) => name === "kubernetes.workload");
  return [...dice.some(own, dice.whole(1, 5)), ...Array.from({ length: dice.whole(0, 2) }, () => workloads).flat()];
}

function blueprintOf(id: string, families: readonly Family[], templates: Templates, dice: Dice): Blueprint {
  const units = families.flatMap(({ name }) => {
    const template = dice.pick(templates.get(name) ?? []);
    return template === undefined ? [] : [template.unit];
  });
  return { id, units, changes: [0], past: [], due: [] };
}
