# METADATA
# description: |
#   Names follow the organisation's pattern. Parameter: settings.naming.patterns, a regular expression (RE2) by kind or by
#   type, which may hold `*` (policies/README.md). It has to hold for the whole name.
package dharma.controls.organisation.naming

import data.dharma.controls.organisation.blueprint
import data.dharma.finding
import data.dharma.subject

patterns := {key: pattern | some key, pattern in input.settings.naming.patterns; readable(pattern)}

readable(pattern) if {
	is_string(pattern)
	regex.is_valid(pattern)
}

follows(name, pattern) if regex.match(sprintf("^(?:%s)$", [pattern]), name)

# METADATA
# title: Blueprints are named by the organisation's pattern
# custom:
#   id: naming.blueprint.pattern
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9]
#   remediation: Rename the Blueprint; a name can't be changed, so make a new one and move the resources by import.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	pattern := patterns.Blueprint
	some given in blueprint.all
	given.name != ""
	not follows(given.name, pattern)
	message := sprintf("the name of Blueprint %s must match %s: rename it", [given.name, pattern])
}

# METADATA
# title: Resources are named by the organisation's pattern
# custom:
#   id: naming.resource.pattern
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9]
#   remediation: Rename the component or resource and keep its old name in options.aliases.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some key, pattern in patterns
	contains(key, ":")
	some type in subject.types
	not startswith(type, "kubernetes:")
	glob.match(key, [], type)
	some resource in subject.by_type[type]
	not follows(resource.name, pattern)
	message := sprintf("the name of %s must match %s: rename it and keep the old name in options.aliases", [
		resource.name, pattern,
	])
}

# METADATA
# title: Kubernetes objects are named by the organisation's pattern
# custom:
#   id: naming.object.pattern
#   severity: Low
#   types: []
#   controls: [nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-8, iso-27001-2022/A.5.9]
#   remediation: Rename the object.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some key, pattern in patterns
	some type in subject.types
	type != "kubernetes:iacdharma.com/v1alpha1:Blueprint" # naming.blueprint.pattern
	startswith(type, "kubernetes:")
	meant(key, type)
	some resource in subject.by_type[type]
	name := object.get(resource.new, ["metadata", "name"], resource.name)
	subject.said(name)
	not follows(name, pattern)
	message := sprintf("the name of %s must match %s: rename it", [name, pattern])
}

meant(key, type) if key == split(type, ":")[2]

meant(key, type) if {
	contains(key, ":")
	glob.match(key, [], type)
}

# METADATA
# title: Patterns of names can be read
# custom:
#   id: naming.settings.unreadable
#   severity: Medium
#   types: []
#   controls: []
#   remediation: Write settings.naming.patterns as RE2 regular expressions.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	wrong := sort([key | some key, pattern in input.settings.naming.patterns; not readable(pattern)])
	count(wrong) > 0
	message := sprintf("settings.naming.patterns of %s is no regular expression, so nothing keeps to it: mend it", [
		concat(", ", wrong),
	])
}
