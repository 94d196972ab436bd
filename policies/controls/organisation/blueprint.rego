# METADATA
# description: The Blueprint a decision is about - at its plan what the operator tells of it, at admission the object itself.
package dharma.controls.organisation.blueprint

import data.dharma.subject

# METADATA
# description: |
#   None or one: urn ("" at a plan, for a plan as a whole), name, namespace, labels and region. None where it goes away.
all := array.concat(planned, admitted)

planned := [{
	"urn": "",
	"name": object.get(input.blueprint, "name", ""),
	"namespace": object.get(input.blueprint, "namespace", ""),
	"labels": object.get(input.blueprint, "labels", {}),
	"region": object.get(input.blueprint, "region", ""),
}] if {
	input.blueprint
	object.get(input, "operation", "") != "Destroy"
} else := []

admitted := [{
	"urn": object_given.urn,
	"name": object_given.name,
	"namespace": object.get(object_given.new, ["metadata", "namespace"], ""),
	"labels": object.get(object_given.new, ["metadata", "labels"], {}),
	"region": object.get(object_given.new, ["spec", "region"], ""),
} |
	some object_given in subject.by_type["kubernetes:iacdharma.com/v1alpha1:Blueprint"]
]

# METADATA
# description: Labels of the Blueprint that resources of a plan belong to.
labels := object.get(input, ["blueprint", "labels"], {})
