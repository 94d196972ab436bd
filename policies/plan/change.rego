# METADATA
# description: How much a plan changes, and whether it can be taken back.
package dharma.rules.plan.change

import data.dharma.finding
import data.dharma.subject

# METADATA
# title: A person agrees before state is lost
# custom:
#   id: dharma.change.stateful
#   severity: High
#   controls: []
#   remediation: Approve the plan, or keep the resource.
approve contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.touched
	resource.operation in {"delete", "replace"}
	needs_person
	some what in what_is_lost(resource)
	message := sprintf("the plan %ss %s, which %s: a person has to agree", [resource.operation, resource.name, what])
}

needs_person if subject.on_risk

needs_person if input.operation == "Rollback"

needs_person if input.cause in {"Drift", "Rollback", "Remediation"}

needs_person if {
	input.blueprint.approval == "OnDestroy"
	input.operation == "Destroy"
}

what_is_lost(resource) := {what |
	some name, what in {
		"stateful": "holds data",
		"protect": "is protected",
		"irreversible": "can't be brought back",
	}
	resource[name] == true
}

# METADATA
# title: A person agrees before the operator makes stateful things anew on its own
# custom:
#   id: dharma.change.heal-stateful
#   severity: Medium
#   controls: []
#   remediation: Approve the plan; a lost resource with data may be better restored from a backup.
approve contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.touched
	resource.operation == "create"
	resource.stateful == true
	input.cause in {"Drift", "Rollback", "Remediation"}
	message := sprintf("healing makes %s anew and empty: a person has to agree", [resource.name])
}

# METADATA
# title: A person agrees before everything goes
# custom:
#   id: dharma.change.destroy
#   severity: Medium
#   controls: []
#   remediation: Approve the plan.
approve contains finding.of(rego.metadata.rule(), "", message) if {
	input.operation == "Destroy"
	input.blueprint.approval in {"OnDestroy", "Always"}
	count(subject.touched) > 0
	message := sprintf("the plan destroys %d resources: a person has to agree", [count(subject.touched)])
}

# METADATA
# title: A plan stays within the blast radius the administrator set
# custom:
#   id: dharma.change.blast-radius
#   severity: High
#   controls: []
#   remediation: Change less at once, or have the limit raised.
deny contains finding.of(rego.metadata.rule(), "", message) if {
	limit := input.settings.maxBlastRadius
	blast_radius > limit
	message := sprintf("the plan changes %d resources, %d are allowed at once: change less at once", [blast_radius, limit])
}

# METADATA
# title: A person agrees to a wide change of what exists
# custom:
#   id: dharma.change.wide
#   severity: Medium
#   controls: []
#   remediation: Approve the plan, or change less at once.
approve contains finding.of(rego.metadata.rule(), "", message) if {
	subject.on_risk
	existing := count({resource.urn |
		some resource in subject.touched
		resource.operation in {"update", "replace", "delete"}
	})
	limit := object.get(input.settings, "approvalBlastRadius", 20)
	existing > limit
	message := sprintf("the plan changes %d existing resources, more than %d: a person has to agree", [existing, limit])
}

blast_radius := max([count(subject.touched), object.get(input, ["risk", "blastRadius"], 0)])

# METADATA
# title: A person agrees to a risky plan
# custom:
#   id: dharma.change.risk
#   severity: Medium
#   controls: []
#   remediation: Approve the plan; docs explain how the level comes about.
approve contains finding.of(rego.metadata.rule(), "", message) if {
	subject.on_risk
	input.risk.level in {"Medium", "High", "Critical"}
	message := sprintf("the plan's risk is %s: a person has to agree", [input.risk.level])
}
