# METADATA
# description: What rules ask of the input again and again, whichever decision point it belongs to.
package dharma.subject

# Lists, not sets: a set would hash and compare whole resources.

# METADATA
# description: NOT_KNOWN of src/policy/decision.ts, which stands for a property that is known only after applying.
not_known := "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# METADATA
# description: |
#   Resources that exist after what is decided, with the inputs they will have; what exists already (compliance) has no
#   operation. A Kubernetes object at admission is one
#   resource: its type is the Pulumi token of its kind, `new` the manifest.
resulting := [resource |
	some resource in input.resources
	resource.new
	not object.get(resource, "operation", "same") in {"delete", "discard"}
] if {
	input.resources
}

resulting := [{
	"urn": object_urn,
	"name": concat("", array.slice(object_names, 0, 1)),
	"type": kubernetes_type(input.object),
	"operation": lower(input.operation),
	"new": input.object,
}] if {
	input.object
}

# METADATA
# description: The resulting resources by type, and by their place in the input.
by_type[type][place] := resource if {
	some place, resource in resulting
	type := resource.type
}

types := {type | some type, _ in by_type}

# METADATA
# description: Resources that the plan changes in any way.
touched := [resource |
	some resource in input.resources
	resource.operation in {"create", "update", "replace", "delete", "import"}
]

# METADATA
# description: The approval settings under which doubt asks a person.
on_risk if input.blueprint.approval in {"OnRisk", "Always"}

# METADATA
# description: |
#   The resulting resources of these types whose `property` points at `target`: by a reference in the Blueprint, or by a
#   value that names it (its id, name or an output of it).
attached(target, attached_types, property) := [resource |
	known_as := {"urn": target.urn, "names": identities(target)}
	some type in attached_types
	some resource in by_type[type]
	refers(resource, property, known_as)
]

# METADATA
# description: True where `property` of `resource` refers to `target`.
points_at(resource, property, target) if refers(resource, property, {"urn": target.urn, "names": identities(target)})

refers(resource, property, known_as) if known_as.urn in resource.references[property]

refers(resource, property, known_as) if resource.new[property] in known_as.names

# METADATA
# description: Texts by which others name a resource.
identities(target) := {value |
	some path in [
		["id"],
		["new", "name"],
		["new", "bucket"],
		["outputs", "id"],
		["outputs", "arn"],
		["outputs", "name"],
		["outputs", "bucket"],
		["outputs", "selfLink"],
	]
	value := object.get(target, path, "")
	is_string(value)
	not value in {"", not_known}
}

# METADATA
# description: True for a value that says something - neither absent nor empty nor known only after applying.
said(value) if not value in {null, "", not_known}

# METADATA
# description: The Pulumi type token of a Kubernetes object, e.g. kubernetes:apps/v1:Deployment.
kubernetes_type(manifest) := concat(":", ["kubernetes", version, object.get(manifest, "kind", "")]) if {
	version := object.get(manifest, "apiVersion", "")
	contains(version, "/")
} else := concat("", [
	"kubernetes:core/",
	object.get(manifest, "apiVersion", ""),
	":",
	object.get(manifest, "kind", ""),
])

object_urn := concat("/", [part |
	some part in [
		object.get(input.object, "kind", ""),
		object.get(input.object, ["metadata", "namespace"], ""),
		object.get(input.object, ["metadata", "name"], ""),
	]
	is_string(part)
	part != ""
])

# Its name, or the beginning of the one it will be given.
object_names := [name |
	some key in ["name", "generateName"]
	name := input.object.metadata[key]
	is_string(name)
	name != ""
]
