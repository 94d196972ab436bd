// What is refused or asked for again and again: accept it for a while, change the spec, or change the parameter.
import type { Mined, MinedDecision, MinedFinding, Suggestion, Thresholds } from "./suggest-mined.ts";
import { dayMs, nameFrom, resourceName, seenIn } from "./suggest-mined.ts";
import { parameterChange } from "./suggest-parameter.ts";

/** Days an exception is suggested for. */
const exceptionDays = 30;

interface Repeated {
  readonly finding: MinedFinding;
  readonly decisions: readonly MinedDecision[];
}

/** Denials of one rule for one resource of one Blueprint, and approvals that one rule asks for. */
export function suggestExceptions(mined: Mined, { repeated, days }: Thresholds): readonly Suggestion[] {
  const often = ({ decisions }: Repeated) => decisions.length >= repeated;
  const denials = repeatedOf(
    mined.decisions,
    ({ deny }) => deny,
    (finding) => finding.resource,
  );
  const asked = mined.decisions.filter(({ allow, requireApproval }) => allow && requireApproval);
  const approvals = repeatedOf(
    asked,
    ({ warn }) => warn,
    () => "",
  );
  return [
    ...denials.filter(often).map((each) => exceptionFor(each, mined, days)),
    ...approvals.filter(often).flatMap((each) => parameterFor(each, mined, days) ?? []),
  ];
}

/** Findings by Blueprint, rule and resource with the decisions they were in, the most frequent first. */
function repeatedOf(
  decisions: readonly MinedDecision[],
  findingsOf: (decision: MinedDecision) => readonly MinedFinding[],
  resourceOf: (finding: MinedFinding) => string,
): readonly Repeated[] {
  const found = new Map<string, { finding: MinedFinding; decisions: Set<MinedDecision> }>();
  for (const decision of decisions.toSorted((a, b) => a.time - b.time)) {
    for (const finding of findingsOf(decision)) {
      if (finding.rule.startsWith("policy.")) continue; // the host's own: no exception lifts it
      const key = JSON.stringify([decision.namespace, decision.blueprint, finding.rule, resourceOf(finding)]);
      const known = found.get(key)?.decisions ?? new Set();
      found.set(key, { finding, decisions: known.add(decision) });
    }
  }
  return [...found.values()]
    .map((each) => ({ finding: each.finding, decisions: [...each.decisions] }))
    .toSorted((a, b) => b.decisions.length - a.decisions.length);
}

function exceptionFor({ finding, decisions }: Repeated, mined: Mined, days: number): Suggestion {
  const { rule, resource, message } = finding;
  const { namespace = "", blueprint = "" } = decisions[0] ?? {};
  const name = nameFrom(namespace, blueprint, rule.replaceAll(".", "-"), resourceName(resource));
  const control = mined.catalog[rule];
  const specs = new Set(decisions.map(({ generation }) => generation)).size;
  const failing = mined.judged.find((subject) => subject.namespace === namespace && subject.name === blueprint);
  const built = failing?.compliance?.failedControls?.some((failed) => failed.rule === rule) === true;
  const about = resource === "" ? "the plan" : resourceName(resource);
  return {
    kind: "Exception",
    name,
    title: `${rule} refuses ${about} of Blueprint ${namespace}/${blueprint} again and again`,
    evidence: seenIn(decisions, decisions.length, [
      `refused ${decisions.length} times within ${days} days, for ${specs} ${specs === 1 ? "version" : "versions"} of the spec`,
      `last time: ${message}`,
      ...(built ? ["what is built fails it too"] : []),
    ]),
    change: `Better than an exception, change the spec of Blueprint ${namespace}/${blueprint}: ${control?.remediation ?? message}`,
    settings: {
      exceptions: [
        {
          name,
          namespaces: [namespace],
          rules: [rule],
          ...(resource === "" ? {} : { resources: [resourceName(resource)] }),
          owner: "",
          reason: "",
          expireTime: new Date(mined.now + exceptionDays * dayMs).toISOString(),
        },
      ],
    },
  };
}

function parameterFor({ finding, decisions }: Repeated, mined: Mined, days: number): Suggestion | undefined {
  const { namespace = "", blueprint = "" } = decisions[0] ?? {};
  const change = parameterChange(finding.rule, [namespace], mined);
  if (change?.kind !== "parameter") return undefined;
  return {
    kind: "Parameter",
    name: nameFrom("approval", namespace, blueprint, finding.rule.replaceAll(".", "-")),
    title: `${finding.rule} asks for approval of Blueprint ${namespace}/${blueprint} again and again`,
    evidence: seenIn(decisions, decisions.length, [
      `spoke in ${decisions.length} plans within ${days} days that waited for approval`,
      `last time: ${finding.message}`,
    ]),
    change: change.change,
    ...(change.settings === undefined ? {} : { settings: change.settings }),
  };
}
