// A history as questions: what was known of a resource under a control on a day, and whether it was violated a week later.
import { createHash } from "node:crypto";
import type { ComplianceFacts, ComplianceInput, Tally } from "../../src/inference/index.ts";
import type { Catalog } from "../../src/policy/index.ts";
import { Dice } from "./compliance-dice.ts";
import type { History, Pair } from "./compliance-histories.ts";

export interface Moment {
  readonly control: string;
  readonly input: ComplianceInput;
  /** Violated seven days after `now`. */
  readonly later: boolean;
}

const DAY = 86_400_000;
/** A Thursday, as the first day of a history is. */
const ORIGIN = Date.UTC(2026, 0, 1);
const HORIZON = 7;
/** Nothing is asked before there is a past. */
const FIRST = 21;
const EVERY = 5;

/** A quarter of all controls, by a hash of their ids: no training sees anything of them. */
export function isUnseen(control: string): boolean {
  return (createHash("sha256").update(control).digest()[0] ?? 0) % 4 === 0;
}

/** One in `1 / share` of all pairs, every five days. Resources that are gone a week later are left out. */
export function momentsOf(
  { pairs, changes }: History,
  catalog: Catalog,
  { seed, days, share }: { readonly seed: number; readonly days: number; readonly share: number },
): readonly Moment[] {
  const dice = new Dice(seed);
  const moments: Moment[] = [];
  for (let day = FIRST; day + HORIZON <= days; day += EVERY) {
    const judged = pairs.filter((pair) => pair.created < day && (pair.gone ?? Infinity) >= day);
    const known = new Known(judged, day);
    for (const pair of judged) {
      const severity = catalog[pair.control]?.severity;
      if (severity === undefined || !dice.chance(share) || (pair.gone ?? Infinity) < day + HORIZON) continue;
      moments.push({
        control: pair.control,
        input: { now: timeOf(day), facts: known.factsOf(pair, severity, changes.get(pair.blueprint) ?? []) },
        later: violatedOn(pair, day + HORIZON),
      });
    }
  }
  return moments;
}

const timeOf = (day: number): number => ORIGIN + day * DAY;

const violatedOn = ({ violations }: Pair, day: number): boolean =>
  violations.some(({ from, to = Infinity }) => from < day && to >= day);

/** Everything that is counted over other pairs on one day. */
class Known {
  readonly #day: number;
  readonly #tallies = new Map<string, { judged: number; violated: number }>();
  readonly #namespaces = new Map<string, { mended: number; begun: number; stoodDays: number; pairs: number }>();
  readonly #familyMended = new Map<string, number>();

  constructor(judged: readonly Pair[], day: number) {
    this.#day = day;
    for (const pair of judged) {
      for (const key of keysOf(pair)) {
        const tally = this.#tallies.get(key) ?? { judged: 0, violated: 0 };
        tally.judged += 1;
        tally.violated += violatedOn(pair, day) ? 1 : 0;
        this.#tallies.set(key, tally);
      }
      this.#count(pair);
    }
  }

  factsOf(pair: Pair, severity: ComplianceFacts["severity"], changes: readonly number[]): ComplianceFacts {
    const own = { judged: 1, violated: violatedOn(pair, this.#day) ? 1 : 0 };
    const [family, resource, namespace, fleet, lineage] = keysOf(pair).map((key) => this.#tallies.get(key) ?? own);
    const counts = this.#namespaces.get(pair.namespace) ?? { mended: 0, begun: 0, stoodDays: 0, pairs: 0 };
    return {
      createTime: timeOf(pair.created),
      severity,
      violations: pair.violations.map(({ from, to }) => ({
        from: timeOf(from),
        ...(to === undefined ? {} : { to: timeOf(to) }),
      })),
      changeTimes: changes.map((day) => timeOf(day + 0.5)),
      siblings: less(family, own),
      resource: less(resource, own),
      peers: less(namespace, own),
      fleet: less(fleet, namespace ?? own),
      copies: less(lineage, own),
      ...counts,
      familyMended: this.#familyMended.get(`${pair.namespace} ${pair.family}`) ?? 0,
    };
  }

  #count({ namespace, family, created, violations }: Pair): void {
    const day = this.#day;
    const counts = this.#namespaces.get(namespace) ?? { mended: 0, begun: 0, stoodDays: 0, pairs: 0 };
    counts.pairs += 1;
    for (const { from, to = Infinity } of violations) {
      if (from >= day) continue;
      const end = Math.min(to, day);
      counts.stoodDays += Math.max(0, end - Math.max(from, day - 30));
      // What was violated when it was first judged did not begin then.
      if (from >= day - 30 && from > created) counts.begun += 1;
      if (to < day && to >= day - 30) counts.mended += 1;
      if (to < day && to >= day - 7) {
        const key = `${namespace} ${family}`;
        this.#familyMended.set(key, (this.#familyMended.get(key) ?? 0) + 1);
      }
    }
    this.#namespaces.set(namespace, counts);
  }
}

const keysOf = ({ control, family, resource, namespace, lineage }: Pair): readonly string[] => [
  `${resource} ${family}`,
  `resource ${resource}`,
  `${control} ${namespace}`,
  `control ${control}`,
  `${control} from ${lineage}`,
];

const less = (all: Tally | undefined, part: Tally): Tally => ({
  judged: (all?.judged ?? 0) - part.judged,
  violated: (all?.violated ?? 0) - part.violated,
});
