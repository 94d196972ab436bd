# METADATA
# description: Who is given what, however Google Cloud's IAM resources say it - one member, a binding, or a policy as JSON text.
package dharma.controls.gcp.grant

import data.dharma.property

# METADATA
# description: The grants of a resource, each {role, member}. What is not known or malformed grants nothing yet.
of(resource) := array.concat(
	array.concat(
		[{"role": role_of(resource), "member": member} |
			member := resource.new.member
			is_string(member)
		],
		[{"role": role_of(resource), "member": member} | some member in property.list(resource, ["members"])],
	),
	[{"role": binding.role, "member": member} |
		some binding in json.unmarshal(resource.new.policyData).bindings
		some member in binding.members
	],
)

role_of(resource) := object.get(resource.new, "role", "")

# METADATA
# description: Everybody, by the names that a resource gives to everybody something; sorted, and empty where it gives nothing.
everybody(resource) := sort({grant.member |
	some grant in of(resource)
	grant.member in {"allUsers", "allAuthenticatedUsers"}
})
