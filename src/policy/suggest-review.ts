// Exceptions looked at again: those that are used so much that a parameter says it better, and those that cover nothing.
import type { Mined, MinedDecision, MinedException, Suggestion, Thresholds } from "./suggest-mined.ts";
import { nameFrom, seenIn } from "./suggest-mined.ts";
import { parameterChange } from "./suggest-parameter.ts";

/** A finding that an exception covered, from the words of policies/exception.rego. */
interface Use {
  readonly decision: MinedDecision;
  readonly rule: string;
  readonly resource: string;
  readonly expireTime: string;
  readonly owner: string;
  readonly reason: string;
}

/** Suggestions about the exceptions there are. */
export function reviewExceptions(mined: Mined, thresholds: Thresholds): readonly Suggestion[] {
  const uses = mined.decisions.flatMap(usesIn);
  return [...wornOf(uses, mined, thresholds), ...mined.exceptions.flatMap((each) => unused(each, uses, mined) ?? [])];
}

function usesIn(decision: MinedDecision): readonly Use[] {
  return decision.warn.flatMap(({ rule, resource, message }) => {
    // excepted until TIME by OWNER (REASON): what is wrong
    const [, expireTime, owner, reason] = /^excepted until (\S+) by (.+?) \(([\s\S]*?)\): /.exec(message) ?? [];
    if (expireTime === undefined || owner === undefined || reason === undefined) return [];
    return [{ decision, rule, resource, expireTime, owner, reason }];
  });
}

/** Uses of one rule by one owner: many runs, many resources, or ends that were put off. */
function wornOf(uses: readonly Use[], mined: Mined, { used, days }: Thresholds): readonly Suggestion[] {
  const groups = Map.groupBy(uses, ({ rule, owner }) => JSON.stringify([rule, owner]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { rule, owner } = first;
    const decisions = [...new Set(group.map(({ decision }) => decision))];
    const resources = new Set(group.map(({ decision, resource }) => `${decision.namespace}/${resource}`));
    const ends = [...new Set(group.map(({ expireTime }) => expireTime))].toSorted();
    // Two exceptions at once have two ends as well: only an end that a later run no longer names was put off.
    const renewed = decisions.length > 1 && ends.length > 1 && laterOnly(group, ends.at(-1) ?? "");
    if (decisions.length < used && resources.size < used && !renewed) return [];
    const namespaces = [...new Set(group.map(({ decision }) => decision.namespace))].toSorted();
    const change = parameterChange(rule, namespaces, mined);
    return [
      {
        kind: "Parameter" as const,
        name: nameFrom("excepted", rule.replaceAll(".", "-"), owner),
        title: `Exceptions of ${owner} cover ${rule} so often that the settings could say it`,
        evidence: seenIn(decisions, group.length, [
          `used in ${decisions.length} runs within ${days} days, for ${resources.size} resources in ${namespaces.join(", ")}`,
          ...(renewed ? [`renewed: ends were ${ends.join(", ")}`] : []),
          `reason given: ${first.reason}`,
        ]),
        ...(change === undefined
          ? { change: "The settings may not be read, so which of them to change is not known." }
          : { change: change.change, ...(change.settings === undefined ? {} : { settings: change.settings }) }),
      },
    ];
  });
}

/** Whether the last end was used only after all uses of the earlier ones. */
function laterOnly(group: readonly Use[], last: string): boolean {
  const [late, early] = [true, false].map((isLast) =>
    group.filter(({ expireTime }) => (expireTime === last) === isLast).map(({ decision }) => decision.time),
  );
  return Math.min(...(late ?? [])) > Math.max(...(early ?? []));
}

function unused(exception: MinedException, uses: readonly Use[], mined: Mined): Suggestion | undefined {
  const { name, blueprint, expireTime, rules, owner, reason } = exception;
  const where = blueprint === undefined ? "the policy settings" : `the annotation of ${blueprint}`;
  const remove = (why: string, facts: readonly string[], decisions: readonly MinedDecision[] = []): Suggestion => ({
    kind: "Remove",
    name: nameFrom("remove", name),
    title: `Exception ${name} of ${owner} ${why}`,
    evidence: seenIn(decisions, decisions.length, [...facts, `rules ${rules.join(", ")}; reason given: ${reason}`]),
    change: `Take exception ${name} out of ${where}.`,
  });
  if (Date.parse(expireTime) <= mined.now) return remove("has expired", [`it ended ${expireTime}`]);
  // Admission and live workloads leave no decisions in runs: what covers them can't be told from here.
  if (rules.some((rule) => /^(admission|kubernetes|\*)/.test(rule))) return undefined;
  if (uses.some((use) => use.expireTime === expireTime && use.reason === reason)) return undefined;
  const decisions = mined.decisions.filter((decision) => reaches(exception, decision.namespace, decision.blueprint));
  const subjects = mined.judged.filter((subject) => reaches(exception, subject.namespace, subject.name));
  // No data is not good news: each Blueprint in reach must have been judged, and decided about since.
  const silent = subjects.filter(({ compliance }) => compliance !== undefined && (compliance.excepted ?? 0) === 0);
  if (decisions.length === 0 || silent.length < subjects.length) return undefined;
  return remove(
    "covers nothing",
    [
      `${decisions.length} decisions of ${subjects.length} Blueprints in its reach, and none was helped by it`,
      "no score of theirs counts a finding as excepted",
    ],
    decisions,
  );
}

function reaches({ namespaces, blueprint }: MinedException, namespace: string, name: string): boolean {
  if (blueprint !== undefined) return blueprint === `Blueprint ${namespace}/${name}`;
  return namespaces === undefined || namespaces.includes(namespace);
}
