# METADATA
# description: What a plan costs is known and affordable, or a person agrees.
package dharma.rules.plan.cost

import data.dharma.finding
import data.dharma.subject

# METADATA
# title: A person agrees to a cost nobody knows
# custom:
#   id: dharma.cost.unknown
#   severity: Medium
#   controls: []
#   remediation: Approve the plan, or use resources that have a price.
approve contains finding.of(rego.metadata.rule(), "", message) if {
	subject.on_risk
	adds
	count(input.cost.unknownResources) > 0
	message := sprintf("%d resources have no known price (first: %s): a person has to agree", [
		count(input.cost.unknownResources),
		input.cost.unknownResources[0],
	])
}

# METADATA
# title: A person agrees to a plan whose cost was not estimated
# custom:
#   id: dharma.cost.not-estimated
#   severity: Medium
#   controls: []
#   remediation: Approve the plan.
approve contains finding.of(rego.metadata.rule(), "", message) if {
	subject.on_risk
	adds
	not input.cost
	message := "the plan's cost was not estimated: a person has to agree"
}

# METADATA
# title: The increase fits what is left of each budget
# custom:
#   id: dharma.cost.budget
#   severity: High
#   controls: []
#   remediation: Make the change cheaper, or have the budget raised.
deny contains finding.of(rego.metadata.rule(), "", message) if {
	some budget in input.budgets
	budget.currency == input.cost.currency
	increase := to_number(input.cost.after) - to_number(input.cost.before)
	increase > 0
	increase > to_number(budget.remaining)
	message := sprintf("the plan raises the monthly cost from %s to %s %s, budget %s has %s left", [
		input.cost.before, input.cost.after, input.cost.currency, budget.name, budget.remaining,
	])
}

adds if {
	some resource in subject.touched
	resource.operation in {"create", "update", "replace"}
}
