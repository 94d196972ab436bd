// What the past of a resource under one control, and of what is like it, says about next week.

/** How many are judged, and how many of them are violated. */
export interface Tally {
  readonly judged: number;
  readonly violated: number;
}

/** A time in which a control was violated, milliseconds since the epoch; without `to` it still is. */
export interface ViolationSpan {
  readonly from: number;
  readonly to?: number;
}

/**
 * One resource under one control. Tallies and counts are of the moment that is judged; times are milliseconds since the epoch,
 * in any order.
 */
export interface ComplianceFacts {
  /** When the resource was first judged. */
  readonly createTime: number;
  readonly severity: "Low" | "Medium" | "High" | "Critical";
  readonly violations: readonly ViolationSpan[];
  /** Changes of the resource's Blueprint. */
  readonly changeTimes: readonly number[];
  /** Other controls of the same family (`aws.s3`) on this resource. */
  readonly siblings: Tally;
  /** Every other control on this resource. */
  readonly resource: Tally;
  /** The same control on other resources of the namespace. */
  readonly peers: Tally;
  /** The same control on resources of other namespaces. */
  readonly fleet: Tally;
  /** The same control on resources that were copied from the same template; none where that is not known. */
  readonly copies: Tally;
  /** Of the namespace's last 30 days: violations that ended and began, and how many days all of them together stood. */
  readonly mended: number;
  readonly begun: number;
  readonly stoodDays: number;
  /** Pairs of resource and control that are judged in the namespace. */
  readonly pairs: number;
  /** Violations of the same family that ended in the namespace in the last 7 days. */
  readonly familyMended: number;
}

/** Facts, and when they are judged: spans and changes after `now` count for nothing. */
export interface ComplianceInput {
  readonly facts: ComplianceFacts;
  readonly now: number;
}

/** Names of the row's columns, in order. */
export const complianceFeatures = [
  "violated",
  "violated_days",
  "clean_days",
  "times_violated",
  "violated_share",
  "age_days",
  "severity",
  "changes_7d",
  "changes_30d",
  "since_change_days",
  "siblings_share",
  "siblings_violated",
  "resource_share",
  "peers_share",
  "fleet_share",
  "copies_share",
  "mend_rate",
  "begin_rate",
  "family_mended_7d",
] as const;

const DAY = 86_400_000;
/** How far back anything counts; also what stands for "never". Days. */
const MEMORY = 90;
const severities: Readonly<Record<ComplianceFacts["severity"], number>> = { Low: 0, Medium: 1, High: 2, Critical: 3 };

/** The row of an input, in the order of `complianceFeatures`. Pure, and of nothing after `now`. */
export function complianceRow({ facts, now }: ComplianceInput): Float32Array {
  const spans = facts.violations
    .filter(({ from }) => from <= now)
    .map(({ from, to }) => ({
      from: daysTo(from, now),
      to: to === undefined || to > now ? undefined : daysTo(to, now),
    }));
  const open = spans.find(({ to }) => to === undefined);
  const changes = facts.changeTimes.map((time) => daysTo(time, now)).filter((age) => age >= 0 && age <= MEMORY);
  const age = Math.max(0, Math.min(MEMORY, daysTo(facts.createTime, now)));
  const stood = spans.reduce((sum, { from, to = 0 }) => sum + Math.max(0, Math.min(from, age) - Math.min(to, age)), 0);
  const usual = share(facts.fleet, 0.1);
  return Float32Array.of(
    open === undefined ? 0 : 1,
    open === undefined ? 0 : Math.min(MEMORY, open.from),
    open === undefined ? Math.min(MEMORY, ...spans.map(({ to = 0 }) => to)) : 0,
    spans.filter(({ from }) => from <= MEMORY).length,
    stood / Math.max(1, age),
    age,
    severities[facts.severity],
    changes.filter((days) => days <= 7).length,
    changes.filter((days) => days <= 30).length,
    Math.min(MEMORY, ...changes),
    share(facts.siblings, 0.1),
    facts.siblings.violated,
    share(facts.resource, 0.1),
    share(facts.peers, usual),
    usual,
    share(facts.copies, usual),
    // A violation stands for a month before it is mended, until the namespace shows otherwise; one pair in 300 breaks a month.
    (facts.mended + 1) / (facts.stoodDays + 30),
    (facts.begun + 1) / (30 * facts.pairs + 9000),
    facts.familyMended,
  );
}

const daysTo = (time: number, now: number): number => (now - time) / DAY;

/** The violated share, drawn towards what is usual as if two more were judged. */
const share = ({ judged, violated }: Tally, usual: number): number => (violated + 2 * usual) / (judged + 2);
