# METADATA
# description: |
#   Data stay where they may be, by the class that the Blueprint's label says. Parameters: settings.residency
#   (policies/README.md). A Blueprint that goes away, and resources that do, may be anywhere.
package dharma.controls.organisation.residency

import data.dharma.controls.organisation.blueprint
import data.dharma.controls.organisation.place
import data.dharma.controls.organisation.taggable
import data.dharma.finding
import data.dharma.subject

residency := input.settings.residency

label := object.get(residency, "label", "data-class")

# Regions allowed for a class; those for all where the class has none of its own. Undefined: all are.
allowed(class) := residency.byDataClass[class]

allowed(class) := residency.allowedRegions if not class_has_own(class)

class_has_own(class) if residency.byDataClass[class]

# A resource's own tag goes before its Blueprint's label.
class_of(resource) := class if {
	class := object.get(taggable.of(resource), label, object.get(blueprint.labels, label, ""))
}

# Undefined where nothing is asked, so that a rule on it does nothing.
outside(place_name, class) if {
	regions := allowed(class)
	not listed(place_name, regions)
}

listed(place_name, regions) if {
	some region in regions
	glob.match(place.plain(region), [], place.plain(place_name))
}

text(class) := concat(", ", allowed(class))

# METADATA
# title: A Blueprint is in a region that its class of data may be in
# custom:
#   id: residency.blueprint.region
#   severity: High
#   types: []
#   controls: [gdpr/44, nist-800-53-r5/SA-9(5), iso-27001-2022/A.5.31, iso-27001-2022/A.5.34, soc-2/C1.1]
#   remediation: Use one of the regions in settings.residency for the class of data.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in blueprint.all
	subject.said(given.region)
	class := object.get(given.labels, label, "")
	outside(given.region, class)
	message := sprintf("Blueprint %s is in %s, outside of where its data may be: use one of %s", [
		given.name, given.region, text(class),
	])
}

# METADATA
# title: A Blueprint says which class of data it holds
# custom:
#   id: residency.blueprint.class
#   severity: Medium
#   types: []
#   controls: [gdpr/30, nist-800-53-r5/RA-2, iso-27001-2022/A.5.12, iso-27001-2022/A.5.13, soc-2/C1.1]
#   remediation: Label the Blueprint with one of the classes of settings.residency.byDataClass.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in blueprint.all
	class := object.get(given.labels, label, "")
	unclear(class)
	message := sprintf("Blueprint %s says no class of data that is known (%s=%s): use one of %s", [
		given.name, label, class, concat(", ", sort({known | some known, _ in residency.byDataClass})),
	])
}

unclear("") if residency.requireClass == true

unclear(class) if {
	class != ""
	residency.byDataClass
	not class_has_own(class)
}

# METADATA
# title: Each resource is where its data may be
# custom:
#   id: residency.resource.location
#   severity: High
#   types: []
#   controls: [gdpr/44, nist-800-53-r5/SA-9(5), iso-27001-2022/A.5.31, iso-27001-2022/A.5.34, soc-2/C1.1]
#   remediation: Leave the location to the Blueprint, or use a region in settings.residency.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	residency
	some resource in subject.resulting
	class := class_of(resource)
	some found in place.own(resource)
	outside(found, class)
	message := sprintf("%s is in %s, outside of where its data may be: use one of %s", [resource.name, found, text(class)])
}

# METADATA
# title: Data are spread over several regions only where they may be in all
# custom:
#   id: residency.resource.multi-region
#   severity: High
#   types: []
#   controls: [gdpr/44, nist-800-53-r5/SA-9(5), iso-27001-2022/A.5.31, iso-27001-2022/A.5.34, soc-2/C1.1]
#   remediation: Use a single region, or have the multi-region's own name allowed in settings.residency.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	residency
	some resource in subject.resulting
	class := class_of(resource)
	some found in place.several(resource)
	outside(found, class)
	message := sprintf("%s spreads its data over %s, some of it outside of where it may be: use one of %s", [
		resource.name, found, text(class),
	])
}

# METADATA
# title: Copies are where the data may be
# custom:
#   id: residency.replication.target
#   severity: High
#   types: []
#   controls: [gdpr/44, nist-800-53-r5/SA-9(5), iso-27001-2022/A.5.31, iso-27001-2022/A.5.34, iso-27001-2022/A.8.13, soc-2/C1.1]
#   remediation: Replicate to a region in settings.residency.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	residency
	some resource in subject.resulting
	class := class_of(resource)
	some target in place.copies(resource)
	outside(target, class)
	message := sprintf("%s copies its data to %s, outside of where it may be: use one of %s", [
		resource.name, target, text(class),
	])
}

# METADATA
# title: Nothing is copied to the region that the cloud pairs
# custom:
#   id: residency.replication.paired
#   severity: Medium
#   types: []
#   controls: [gdpr/44, nist-800-53-r5/SA-9(5), iso-27001-2022/A.5.31, iso-27001-2022/A.5.34, soc-2/C1.1]
#   remediation: Use zone-redundant storage, or set settings.residency.allowPairedRegion.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	residency
	object.get(residency, "allowPairedRegion", false) != true
	some resource in subject.resulting
	class := class_of(resource)
	count(allowed(class)) > 0
	how := place.paired(resource)
	message := sprintf("%s copies its data to the region that Azure pairs with its own (%s): use zone redundancy", [
		resource.name, how,
	])
}
