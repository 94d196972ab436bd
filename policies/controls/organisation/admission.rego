# METADATA
# description: |
#   What Dharma's own kinds say where it matters most. Parameters: settings.admission - `production` names the labels of what
#   is production, the others switch a rule on (policies/README.md). Absent fields are the API's defaults, which the server
#   has filled in before anything is judged.
package dharma.controls.organisation.admission

import data.dharma.finding
import data.dharma.subject

kind(name) := object.get(subject.by_type, sprintf("kubernetes:iacdharma.com/v1alpha1:%s", [name]), [])

# One of the labels is enough.
is_production(given) if {
	some name, value in input.settings.admission.production
	given.new.metadata.labels[name] == value
}

production_blueprints := [given | some given in kind("Blueprint"); is_production(given)]

# METADATA
# title: A person approves changes of production
# custom:
#   id: admission.blueprint.approval
#   severity: High
#   types: ["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
#   controls: [pci-dss-4.0/6.5.1, nist-800-53-r5/CM-3, nist-800-53-r5/CM-5, fedramp-moderate-r5/CM-3, fedramp-moderate-r5/CM-5, iso-27001-2022/A.8.32, soc-2/CC8.1]
#   remediation: Set approval to OnRisk, OnDestroy or Always.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in production_blueprints
	given.new.spec.approval == "Never"
	message := sprintf("Blueprint %s is production and changes without any approval: set approval to OnRisk", [given.name])
}

# METADATA
# title: Data of production outlive their Blueprint
# custom:
#   id: admission.blueprint.deletion-policy
#   severity: Medium
#   types: ["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
#   controls: [nist-800-53-r5/CP-9, nist-800-53-r5/SI-12, fedramp-moderate-r5/CP-9, fedramp-moderate-r5/SI-12, iso-27001-2022/A.8.13, soc-2/A1.2, hipaa/164.308(a)(7)(ii)(A)]
#   remediation: Set deletionPolicy to Retain, or protect each store in its options.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in production_blueprints
	object.get(given.new, ["spec", "deletionPolicy"], "Destroy") == "Destroy"
	names := [component.name |
		some list in ["components", "resources"]
		some component in given.new.spec[list]
		holds_data(component.type)
		not kept(component)
	]
	count(names) > 0
	message := sprintf("data in %s go with Blueprint %s, which is production: set deletionPolicy to Retain", [
		concat(", ", names), given.name,
	])
}

holds_data("ObjectStore")

# By the end of a Pulumi type.
holds_data(type) if {
	contains(type, ":")
	regex.match(`(?i)(bucket(v2)?|storageaccount|database|databaseaccount|databaseinstance|dynamodb/table:table|filesystem|rds/instance:instance|rds/cluster:cluster|volume|disk|vault)$`, type)
}

kept(component) if component.options.protect == true

kept(component) if component.options.deletionPolicy == "Retain"

# METADATA
# title: Drift of production is seen
# custom:
#   id: admission.blueprint.drift
#   severity: Medium
#   types: ["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
#   controls: [nist-800-53-r5/CM-6, nist-800-53-r5/CA-7, fedramp-moderate-r5/CM-6, fedramp-moderate-r5/CA-7, iso-27001-2022/A.8.9, iso-27001-2022/A.8.16, soc-2/CC7.1]
#   remediation: Set drift.mode to Report, Propose or Heal.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in production_blueprints
	given.new.spec.drift.mode == "Ignore"
	message := sprintf("Blueprint %s is production and nobody sees its drift: set drift.mode to Report", [given.name])
}

# METADATA
# title: Production does not end by itself
# custom:
#   id: admission.blueprint.ttl
#   severity: High
#   types: ["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
#   controls: [nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Leave ttl out.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in production_blueprints
	subject.said(given.new.spec.ttl)
	message := sprintf("Blueprint %s is production and is deleted after %s: leave ttl out", [given.name, given.new.spec.ttl])
}

# METADATA
# title: Production acts with an identity of its own
# custom:
#   id: admission.blueprint.credentials
#   severity: Medium
#   types: ["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/IA-2, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.15, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set credentials.serviceAccountName or credentials.secretRef.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	input.settings.admission.requireCredentials == true
	some given in production_blueprints
	object.get(given.new, ["spec", "credentials"], {}) == {}
	message := sprintf("Blueprint %s is production and shares the namespace's identity: set credentials", [given.name])
}

# METADATA
# title: What heals production by itself is checked and held back
# custom:
#   id: admission.remediation.autonomy
#   severity: High
#   types: ["kubernetes:iacdharma.com/v1alpha1:RemediationPolicy"]
#   controls: [nist-800-53-r5/CM-3, nist-800-53-r5/SI-6, fedramp-moderate-r5/CM-3, fedramp-moderate-r5/SI-6, iso-27001-2022/A.8.32, soc-2/CC7.4, soc-2/CC8.1]
#   remediation: Set verify and guards.minHealthy, or autonomy to Approve.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in kind("RemediationPolicy")
	is_production(given)
	given.new.spec.autonomy == "Auto"
	missing := [name | some name in ["verify", "guards.minHealthy"]; not set(given, name)]
	count(missing) > 0
	message := sprintf("RemediationPolicy %s acts on production by itself without %s: set it, or autonomy to Approve", [
		given.name, concat(" and ", missing),
	])
}

# verify.healthAtLeast 0 checks nothing.
set(given, "verify") if object.get(given.new, ["spec", "verify", "healthAtLeast"], 80) > 0

set(given, "guards.minHealthy") if {
	not object.get(given.new, ["spec", "guards", "minHealthy"], null) in {null, "", 0, "0", "0%"}
}

# METADATA
# title: What heals production has rights of its own
# custom:
#   id: admission.remediation.service-account
#   severity: Medium
#   types: ["kubernetes:iacdharma.com/v1alpha1:RemediationPolicy"]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set serviceAccountName to an account that may do what the steps do and no more.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	input.settings.admission.requireCredentials == true
	some given in kind("RemediationPolicy")
	is_production(given)
	not subject.said(object.get(given.new, ["spec", "serviceAccountName"], ""))
	message := sprintf("RemediationPolicy %s acts on production with shared rights: set serviceAccountName", [given.name])
}

# METADATA
# title: Budgets do something about it
# custom:
#   id: admission.budget.action
#   severity: Low
#   types: ["kubernetes:iacdharma.com/v1alpha1:CostBudget"]
#   controls: [iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Add a threshold with an action of settings.admission.budgetActions.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	wanted := input.settings.admission.budgetActions
	some given in kind("CostBudget")
	taken := {action.type | some threshold in given.new.spec.thresholds; some action in threshold.actions}
	count(taken & {action | some action in wanted}) == 0
	message := sprintf("CostBudget %s is spent without consequence: add a threshold with one of the actions %s", [
		given.name, concat(", ", wanted),
	])
}

# METADATA
# title: Only the one known agent speaks for an edge cluster
# custom:
#   id: admission.edge.key
#   severity: High
#   types: ["kubernetes:iacdharma.com/v1alpha1:EdgeCluster"]
#   controls: [pci-dss-4.0/8.2.1, nist-800-53-r5/IA-3, nist-800-53-r5/AC-17, fedramp-moderate-r5/IA-3, fedramp-moderate-r5/AC-17, iso-27001-2022/A.5.16, iso-27001-2022/A.8.5, soc-2/CC6.1]
#   remediation: Set acceptedKeyDigest to the digest that the agent prints.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	input.settings.admission.requireAcceptedKey == true
	some given in kind("EdgeCluster")
	not subject.said(object.get(given.new, ["spec", "acceptedKeyDigest"], ""))
	message := sprintf("EdgeCluster %s names no agent's key: set acceptedKeyDigest", [given.name])
}
