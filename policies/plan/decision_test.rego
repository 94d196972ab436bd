# METADATA
# description: Runs every case of plan_cases.yaml.
package dharma.plan_test

import data.dharma.plan

suite := data.plan

# The input of a case: base and given merged, less what the case takes away.
subject(case) := object.remove(object.union(suite.base, case.given), object.get(case, "without", []))

test_cases[case.name] if {
	some case in suite.cases
	decision := plan.decision with input as subject(case)
	expected := count(case.want.deny) == 0
	decision.allow == expected
	decision.requireApproval == case.want.requireApproval
	sort([finding.rule | some finding in decision.deny]) == case.want.deny
	sort([finding.rule | some finding in decision.warn]) == case.want.warn
}

# Each id belongs to one rule, so that a record names what spoke.
test_every_rule_has_a_case if {
	told := {rule | some case in suite.cases; some list in ["deny", "warn"]; some rule in case.want[list]}
	count(told) == 16
}
