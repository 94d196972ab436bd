# METADATA
# description: |
#   What belongs to an Azure resource: children name their parent by the property that names the parent itself
#   (accountName, vaultName, serverName), others by its resource id, in any letter case.
package dharma.controls.azure.attachment

import data.dharma.property
import data.dharma.subject

# METADATA
# description: The resulting resources of these types that name `parent` in `key`.
children(parent, types, key) := [child |
	some child in property.resources(types)
	belongs(child, key, parent)
]

belongs(child, key, parent) if subject.points_at(child, key, parent)

belongs(child, key, parent) if {
	some path in [["new", key], ["id"], ["outputs", "id"], ["outputs", "name"]]
	names(child.new[key], object.get(parent, path, ""))
}

# METADATA
# description: True where a private endpoint leads to the resource.
private_endpoint(target) if {
	some endpoint in subject.by_type["azure-native:network:PrivateEndpoint"]
	some key in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"]
	leads_to(endpoint, key, target)
}

leads_to(endpoint, key, target) if target.urn in endpoint.references[key]

leads_to(endpoint, key, target) if {
	some connection in endpoint.new[key]
	some path in [["id"], ["outputs", "id"]]
	names(connection.privateLinkServiceId, object.get(target, path, ""))
}

# METADATA
# description: True where a diagnostic setting of the resource has one of these log categories or category groups on.
logged(target, categories) if {
	some setting in children(target, ["azure-native:monitor:DiagnosticSetting"], "resourceUri")
	some log in setting.new.logs
	log.enabled == true
	some key in ["category", "categoryGroup"]
	log[key] in categories
}

names(value, name) if {
	is_string(value)
	is_string(name)
	subject.said(value)
	lower(value) == lower(name)
}
