# METADATA
# description: Resources stay in the regions that the administrator allows.
package dharma.rules.plan.region

import data.dharma.controls.organisation.place as names
import data.dharma.finding
import data.dharma.subject

# METADATA
# title: The Blueprint's region is allowed
# custom:
#   id: dharma.region.not-allowed
#   severity: High
#   controls: [gdpr/44]
#   remediation: Use one of the allowed regions, or have the region allowed.
deny contains finding.of(rego.metadata.rule(), "", message) if {
	input.operation != "Destroy"
	region := object.get(input, ["blueprint", "region"], "")
	allowed := input.settings.allowedRegions
	not region in allowed
	message := sprintf("region %s is not allowed here: use one of %s", [region, allowed_text])
}

# METADATA
# title: Each resource's own location is allowed
# custom:
#   id: dharma.region.resource
#   severity: High
#   controls: [gdpr/44]
#   remediation: Leave the location to the Blueprint, or use an allowed one.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	some name in ["region", "location"]
	place := resource.new[name]
	is_string(place)
	not place in {"", subject.not_known}
	not allowed_place(place)
	message := sprintf("%s is in %s, which is not allowed here: use one of %s", [resource.name, place, allowed_text])
}

allowed_place(_) if not input.settings.allowedRegions

allowed_place(place) if {
	some region in input.settings.allowedRegions
	names.plain(region) == names.plain(place)
}

allowed_text := concat(", ", input.settings.allowedRegions)
