// Counts what policies decide, so that an alert can tell when a rule refuses more than it used to.
import { Counter, type Registry } from "prom-client";
import type { Decide, Decision, PolicyHost } from "../../policy/index.ts";

/** Rules that get a series of their own; further ones, as bundles of one's own may have, are counted as `other`. */
export const maxRules = 500;

/** The host, counted; once for each registry. A decision that was never made (the asker went away) is not. */
export function countedHost(host: PolicyHost, registry: Registry): PolicyHost {
  const count = decisionCounters(registry);
  const decide: Decide["decide"] = async (point, input, options) => {
    const decision = await host.decide(point, input, options);
    count(decision);
    return decision;
  };
  return { decide, evaluate: (input, options) => host.evaluate(input, options), close: () => host.close() };
}

/** Makes the counters in `registry`; what it gives counts one decision. */
export function decisionCounters(registry: Registry): (decision: Decision) => void {
  const registers = [registry];
  const decisions = new Counter({
    name: "dharma_policy_decisions_total",
    help: "Policy decisions by decision point and result: allow, approve (a person is asked) or deny",
    labelNames: ["point", "result"],
    registers,
  });
  const denials = new Counter({
    name: "dharma_policy_denials_total",
    help: "Decisions that a rule refused, by decision point and rule; a rule counts once for each decision",
    labelNames: ["point", "rule"],
    registers,
  });
  const known = new Set<string>();
  return ({ point, allow, requireApproval, deny }) => {
    const result = allow ? (requireApproval ? "approve" : "allow") : "deny";
    decisions.inc({ point, result });
    const rules = new Set(
      deny.map(({ rule }) => {
        if (known.size < maxRules) known.add(rule);
        return known.has(rule) ? rule : "other";
      }),
    );
    for (const rule of rules) denials.inc({ point, rule });
  };
}
