# METADATA
# description: |
#   One Blueprint's plan costs, emits and holds no more than its administrator lets it. Parameters: settings.limits
#   (policies/README.md). A plan that makes a Blueprint cheaper or no dearer passes, however far above the limit it is.
package dharma.controls.organisation.limits

import data.dharma.finding
import data.dharma.subject

limits := input.settings.limits

# METADATA
# title: A Blueprint costs no more a month than it may
# custom:
#   id: limits.cost.monthly
#   severity: High
#   types: []
#   controls: [iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Use fewer or smaller resources, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	same_currency
	raises
	to_number(input.cost.after) > number(limits.monthly)
	message := sprintf("the plan costs %s %s a month, %v is the limit: make it smaller or have the limit raised", [
		input.cost.after, input.cost.currency, limits.monthly,
	])
}

# METADATA
# title: A plan raises the monthly cost by no more than it may
# custom:
#   id: limits.cost.increase
#   severity: Medium
#   types: []
#   controls: [iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Change less at once, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	same_currency
	raises
	increase > number(limits.monthlyIncrease)
	message := sprintf("the plan raises the cost from %s to %s %s a month, by more than %v: change less at once", [
		input.cost.before, input.cost.after, input.cost.currency, limits.monthlyIncrease,
	])
}

# METADATA
# title: A plan raises the monthly cost by no greater share than it may
# custom:
#   id: limits.cost.increase-percent
#   severity: Medium
#   types: []
#   controls: [iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Change less at once, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	raises
	before := to_number(input.cost.before)
	before > 0 # a share of nothing says nothing: the absolute limits judge a first plan
	increase * 100 > number(limits.monthlyIncreasePercent) * before
	message := sprintf("the plan raises the cost from %s to %s %s a month, by more than %v %%: change less at once", [
		input.cost.before, input.cost.after, input.cost.currency, limits.monthlyIncreasePercent,
	])
}

# METADATA
# title: Costs are told in the currency of their limits
# custom:
#   id: limits.cost.currency
#   severity: High
#   types: []
#   controls: []
#   remediation: Set settings.limits.currency to the currency that costs are told in, and the amounts with it.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	some property in ["monthly", "monthlyIncrease"]
	limits[property]
	not same_currency
	input.cost.currency
	raises
	message := sprintf("limits are in %s, costs in %s, so they can't be compared: set the limits in %s", [
		limits.currency, input.cost.currency, input.cost.currency,
	])
}

# METADATA
# title: What a plan costs is known
# custom:
#   id: limits.cost.unknown
#   severity: Medium
#   types: []
#   controls: [iso-27001-2022/A.8.6]
#   remediation: Use resources that have a price, or have settings.limits.unknownResources raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	adds
	unknown > number(limits.unknownResources)
	message := sprintf("what the plan costs is not known for %v resources, %v may be unknown: use what has a price", [
		unknown, limits.unknownResources,
	])
}

# METADATA
# title: A Blueprint emits no more than it may
# custom:
#   id: limits.carbon.monthly
#   severity: Medium
#   types: []
#   controls: []
#   remediation: Use a region with cleaner power or smaller resources, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	after := to_number(input.carbon.afterKg)
	after > to_number(input.carbon.beforeKg)
	after > number(limits.carbonKg)
	message := sprintf("the plan emits %s kg CO2e a month, %v is the limit: use a cleaner region or less", [
		input.carbon.afterKg, limits.carbonKg,
	])
}

# METADATA
# title: A plan raises emissions by no more than it may
# custom:
#   id: limits.carbon.increase
#   severity: Low
#   types: []
#   controls: []
#   remediation: Change less at once, use a cleaner region, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	to_number(input.carbon.afterKg) - to_number(input.carbon.beforeKg) > number(limits.carbonIncreaseKg)
	message := sprintf("the plan raises emissions from %s to %s kg CO2e a month, by more than %v: change less at once", [
		input.carbon.beforeKg, input.carbon.afterKg, limits.carbonIncreaseKg,
	])
}

# METADATA
# title: A Blueprint holds no more resources than it may
# custom:
#   id: limits.resources.count
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/SC-5, fedramp-moderate-r5/SC-5, iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Split the Blueprint, or have the limit raised.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	adds
	held := count(subject.resulting)
	held > number(limits.resources)
	message := sprintf("the Blueprint would hold %d resources, %v are allowed: split it", [held, limits.resources])
}

# METADATA
# title: Limits are numbers
# custom:
#   id: limits.settings.unreadable
#   severity: High
#   types: []
#   controls: []
#   remediation: Write limits as numbers or decimal strings of at least 0.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	input.blueprint
	wrong := [name |
		some name in amounts
		value := limits[name]
		not readable(value)
	]
	count(wrong) > 0
	message := sprintf("settings.limits.%s says no number, so nothing keeps to it: write a number", [concat(", ", wrong)])
}

amounts := [
	"monthly", "monthlyIncrease", "monthlyIncreasePercent", "carbonKg", "carbonIncreaseKg", "unknownResources",
	"resources",
]

readable(value) if number(value) >= 0

number(value) := value if is_number(value)

number(value) := to_number(value) if {
	is_string(value)
	regex.match(`^[0-9]+(\.[0-9]+)?$`, value)
}

same_currency if object.get(limits, "currency", input.cost.currency) == input.cost.currency

increase := to_number(input.cost.after) - to_number(input.cost.before)

raises if increase > 0

# All of what is there, where no cost was estimated at all.
unknown := count(input.cost.unknownResources) if {
	input.cost
} else := count(subject.resulting)

adds if {
	input.blueprint
	some resource in subject.touched
	resource.operation in {"create", "update", "replace", "import"}
}
