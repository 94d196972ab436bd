# METADATA
# description: |
#   The decision about a Blueprint's plan. Input is PlanInput of src/policy/decision.ts with `settings` of the
#   administrator. Every package data.dharma.rules.plan.NAME adds rules: `deny` refuses, `approve` asks a person, `warn`
#   tells. The controls of data.dharma.control are judged by the mode of their packs.
package dharma.plan

import data.dharma.control
import data.dharma.exception
import data.dharma.mode

# METADATA
# entrypoint: true
# description: The contract of every decision point.
decision := {
	"allow": count(deny) == 0,
	"requireApproval": count(approve) > 0,
	"deny": deny,
	"warn": array.concat(warn, approve),
}

deny := array.concat(control.denied, [finding |
	some finding in refused
	mode.of(finding) == "Enforce"
	count(exception.covering(finding)) == 0
])

approve := array.concat(control.unsure, [finding |
	some pack
	some finding in data.dharma.rules.plan[pack].approve
])

warn := array.concat(control.told, [finding | some finding in ((advised | lenient) | excepted)])

refused contains finding if {
	some pack
	some finding in data.dharma.rules.plan[pack].deny
}

advised contains finding if {
	some pack
	some finding in data.dharma.rules.plan[pack].warn
}

lenient contains finding if {
	some finding in refused
	mode.of(finding) == "Warn"
	count(exception.covering(finding)) == 0
}

excepted contains exception.told(finding, cover) if {
	some finding in refused
	mode.of(finding) != "Audit"
	cover := exception.covering(finding)[0]
}
