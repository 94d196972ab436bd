# METADATA
# description: What rules about plans ask of the input again and again.
package dharma.subject

# Lists, not sets: a set would hash and compare whole resources.

# METADATA
# description: NOT_KNOWN of src/policy/decision.ts, which stands for a property that is known only after applying.
not_known := "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# METADATA
# description: Resources that exist after the plan, with the inputs they will have.
resulting := [resource |
	some resource in input.resources
	resource.new
	not resource.operation in {"delete", "discard"}
]

# METADATA
# description: Resources that the plan changes in any way.
touched := [resource |
	some resource in input.resources
	resource.operation in {"create", "update", "replace", "delete", "import"}
]

# METADATA
# description: The approval settings under which doubt asks a person.
on_risk if input.blueprint.approval in {"OnRisk", "Always"}
