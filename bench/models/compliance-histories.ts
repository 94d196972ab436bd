// Simulated Blueprints over months, judged by the operator's own policy engine whenever they change.
import { join } from "node:path";
import { systemClock } from "../../src/kube/index.ts";
import { installTools } from "../../src/local/index.ts";
import {
  type Catalog,
  compiledBundle,
  createPolicyHost,
  EvaluationError,
  type ExistingResource,
  type Finding,
  type PolicyHost,
  readCatalog,
} from "../../src/policy/index.ts";
import { passDay, type Reported } from "./compliance-day.ts";
import { Dice } from "./compliance-dice.ts";
import { type Family, readFamilies, type Written } from "./compliance-library.ts";
import { type Blueprint, organisationOf } from "./compliance-teams.ts";

/** A resource under a control. Times are days; a change of a day is judged half a day into it. */
export interface Pair {
  readonly control: string;
  /** `aws.s3`: the control's own, not the resource's. */
  readonly family: string;
  readonly resource: string;
  readonly blueprint: string;
  readonly namespace: string;
  readonly lineage: string;
  readonly created: number;
  gone?: number;
  readonly violations: { readonly from: number; to?: number }[];
}

export interface History {
  readonly pairs: readonly Pair[];
  /** Days of changes, by Blueprint. */
  readonly changes: ReadonlyMap<string, readonly number[]>;
  readonly evaluations: number;
}

/** The policy engine and what it is asked about. */
export interface Judge {
  readonly host: PolicyHost;
  readonly catalog: Catalog;
  readonly families: readonly Family[];
}

/** Opens the engine over the built-in policies of the repository; close `host` afterwards. Needs the opa CLI, and installs it. */
export async function openJudge(root: string, signal: AbortSignal): Promise<Judge> {
  const policies = join(root, "policies");
  const { opa } = await installTools({ names: ["opa"], env: process.env, signal, onProgress: () => undefined });
  const bundle = await compiledBundle(policies, { opa, signal });
  const host = createPolicyHost({
    bundles: { current: () => bundle },
    key: { id: "bench", secret: new Uint8Array(32) },
    clock: systemClock,
    limits: { threads: 1, deadlineMs: 60_000 },
  });
  const catalog = await readCatalog(join(policies, "catalog"), signal);
  const failsOf = async (resources: readonly Written[]): Promise<readonly string[] | undefined> => {
    const fails = await failuresOf(host, "examples", existing("example", resources), signal);
    return fails?.map(({ rule }) => rule);
  };
  return { host, catalog, families: await readFamilies(join(policies, "controls"), catalog, failsOf, signal) };
}

export interface Wanted {
  readonly seed: number;
  readonly teams: number;
  readonly days: number;
}

/** Lets an organisation live. The same seed gives the same history. */
export async function historyOf(judge: Judge, { seed, teams, days }: Wanted, signal: AbortSignal): Promise<History> {
  const { catalog, families } = judge;
  const dice = new Dice(seed);
  const organisation = organisationOf(families, teams, dice);
  const auditDay = dice.whole(40, days);
  const book = new Book(judge);
  const sprints = new Map<string, { readonly prefix: string; readonly until: number }>();
  const all = organisation.teams.flatMap(({ blueprints }) => blueprints);
  const reported = (blueprint: Blueprint): readonly Reported[] => book.violated(blueprint);
  for (const blueprint of all) {
    // oxlint-disable-next-line no-await-in-loop -- one engine thread
    await book.judge(blueprint, 0, signal);
  }
  for (let day = 1; day < days; day++) {
    const audit = day > auditDay - 12 && day < auditDay;
    const changed = passDay({ day, organisation, catalog, dice, reported, sprints, audit });
    for (const blueprint of changed) {
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await book.judge(blueprint, day, signal);
    }
  }
  return {
    pairs: book.pairs(),
    changes: new Map(all.map(({ id, changes }) => [id, changes])),
    evaluations: book.evaluations,
  };
}

/** Who violated what, and when. */
class Book {
  evaluations = 0;
  readonly #judge: Judge;
  readonly #controls: ReadonlyMap<string, readonly string[]>;
  readonly #pairs = new Map<string, Pair>();
  readonly #gone: Pair[] = [];
  readonly #violated = new Map<string, readonly Reported[]>();

  constructor(judge: Judge) {
    this.#judge = judge;
    const controls = new Map<string, string[]>();
    for (const [id, { types }] of Object.entries(judge.catalog))
      for (const type of types) controls.set(type, [...(controls.get(type) ?? []), id]);
    this.#controls = controls;
  }

  violated({ id }: Blueprint): readonly Reported[] {
    return this.#violated.get(id) ?? [];
  }

  pairs(): readonly Pair[] {
    return [...this.#gone, ...this.#pairs.values()];
  }

  async judge(blueprint: Blueprint, day: number, signal: AbortSignal): Promise<void> {
    const time = day + 0.5;
    const namespace = blueprint.id.split("/")[0] ?? "";
    const placed = blueprint.units.flatMap((unit, place) =>
      unit.resources.map((resource) => ({ unit, place, resource, urn: urnOf(`${blueprint.id}/${place}`, resource) })),
    );
    const resources = blueprint.units.flatMap((unit, place) => existing(`${blueprint.id}/${place}`, unit.resources));
    this.evaluations += 1;
    const fails = await failuresOf(this.#judge.host, namespace, resources, signal);
    // What can't be judged is refused: the change is taken back.
    if (fails === undefined) {
      blueprint.units.splice(0, Infinity, ...(blueprint.past.pop() ?? []));
      return;
    }
    const failing = new Set(fails.map(({ rule, resource }) => `${rule} ${resource}`));
    const seen = new Set<string>();
    const violated: Reported[] = [];
    for (const { unit, place, resource, urn } of placed) {
      for (const control of this.#controls.get(resource.type) ?? []) {
        const key = `${control} ${urn}`;
        seen.add(key);
        const pair = this.#pairs.get(key) ?? {
          control,
          family: control.split(".").slice(0, 2).join("."),
          resource: urn,
          blueprint: blueprint.id,
          namespace,
          lineage: unit.lineage,
          created: time,
          violations: [],
        };
        this.#pairs.set(key, pair);
        const open = pair.violations.find(({ to }) => to === undefined);
        if (failing.has(key)) {
          violated.push({ control, place });
          if (open === undefined) pair.violations.push({ from: time });
        } else if (open !== undefined) open.to = time;
      }
    }
    this.#violated.set(blueprint.id, violated);
    for (const [key, pair] of this.#pairs) {
      if (pair.blueprint !== blueprint.id || seen.has(key)) continue;
      this.#pairs.delete(key);
      this.#gone.push({ ...pair, gone: time });
    }
  }
}

/** Resources of one unit as the engine is given them. */
function existing(unit: string, resources: readonly Written[]): readonly ExistingResource[] {
  const urns = (names: readonly string[]): readonly string[] =>
    names.flatMap((wanted) => {
      const found = resources.find(({ name }) => name === wanted);
      return found === undefined ? [] : [urnOf(unit, found)];
    });
  return resources.map((resource) => ({
    urn: urnOf(unit, resource),
    name: resource.name,
    type: resource.type,
    new: resource.new,
    references: Object.fromEntries(Object.entries(resource.references).map(([key, names]) => [key, urns(names)])),
  }));
}

const urnOf = (unit: string, { type, name }: Pick<Written, "type" | "name">): string => `urn:${unit}/${type}/${name}`;

async function failuresOf(
  host: PolicyHost,
  namespace: string,
  resources: readonly ExistingResource[],
  signal: AbortSignal,
): Promise<readonly Finding[] | undefined> {
  try {
    return (await host.evaluate({ time: "2026-01-01T12:00:00Z", namespace, resources }, { signal })).fails;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}
