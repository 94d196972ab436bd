# METADATA
# description: |
#   Whatever costs money or holds data says whose it is. Parameters: settings.tagging.required, .labels and .allowed
#   (policies/README.md).
package dharma.controls.organisation.tagging

import data.dharma.controls.organisation.blueprint
import data.dharma.controls.organisation.taggable
import data.dharma.finding

# METADATA
# title: Resources carry the required tags
# custom:
#   id: tagging.resource.required
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9, soc-2/CC6.1]
#   remediation: Add the tags; on Google Cloud they are labels, in lower case.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	required := input.settings.tagging.required
	some resource in taggable.resources
	missing := [name | some name in required; not said(resource.tags, name_for(resource, name))]
	count(missing) > 0
	message := sprintf("%s lacks the tags %s: add them", [resource.name, concat(", ", missing)])
}

# Google takes lower case only, and turns nothing into it by itself.
name_for(resource, name) := lower(name) if resource.google

name_for(resource, name) := name if not resource.google

said(tags, name) if not object.get(tags, name, "") in {"", null}

# METADATA
# title: Tags have one of the allowed values
# custom:
#   id: tagging.resource.values
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9]
#   remediation: Use one of the values in settings.tagging.allowed.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	allowed := input.settings.tagging.allowed
	some resource in taggable.resources
	wrong := sort([sprintf("%s=%v", [name, value]) |
		some name, values in allowed
		value := resource.tags[name_for(resource, name)]
		value != null # sprintf of the WebAssembly host throws on it, and no value is tagging.resource.required
		not is_allowed(resource, value, values)
	])
	count(wrong) > 0
	message := sprintf("%s has tags that are not allowed: %s; use one of the allowed values", [
		resource.name,
		concat(", ", wrong),
	])
}

is_allowed(_, "04da6b54-80e4-46f7-96ec-b56ff0331ba9", _) # subject.not_known

is_allowed(resource, value, values) if {
	some one in values
	name_for(resource, one) == value
}

# METADATA
# title: Blueprints carry the required labels
# custom:
#   id: tagging.blueprint.required
#   severity: Medium
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9, soc-2/CC6.1]
#   remediation: Add the labels to metadata.labels of the Blueprint.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	required := required_labels
	some given in blueprint.all
	missing := [name | some name in required; not said(given.labels, name)]
	count(missing) > 0
	message := sprintf("Blueprint %s lacks the labels %s: add them", [given.name, concat(", ", missing)])
}

required_labels := object.get(tagging, "labels", object.get(tagging, "required", [])) if tagging := input.settings.tagging

# METADATA
# title: Labels of Blueprints have one of the allowed values
# custom:
#   id: tagging.blueprint.values
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9]
#   remediation: Use one of the values in settings.tagging.allowed.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	allowed := input.settings.tagging.allowed
	some given in blueprint.all
	wrong := sort([sprintf("%s=%s", [name, value]) |
		some name, values in allowed
		value := given.labels[name]
		not value in values
	])
	count(wrong) > 0
	message := sprintf("Blueprint %s has labels that are not allowed: %s; use one of the allowed values", [
		given.name,
		concat(", ", wrong),
	])
}
