# METADATA
# description: |
#   The decision about a Blueprint's plan. Input is PlanInput of src/policy/decision.ts with `settings` of the
#   administrator. Every package data.dharma.rules.plan.NAME adds rules: `deny` refuses, `approve` asks a person, `warn`
#   tells.
package dharma.plan

# METADATA
# entrypoint: true
# description: The contract of every decision point.
decision := {
	"allow": count(deny) == 0,
	"requireApproval": count(approve) > 0,
	"deny": deny,
	"warn": (warn | approve),
}

deny contains finding if {
	some pack
	some finding in data.dharma.rules.plan[pack].deny
}

approve contains finding if {
	some pack
	some finding in data.dharma.rules.plan[pack].approve
}

warn contains finding if {
	some pack
	some finding in data.dharma.rules.plan[pack].warn
}
