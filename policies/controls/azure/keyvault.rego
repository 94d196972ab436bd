# METADATA
# description: Azure Key Vault - vaults are private, logged and recoverable; keys rotate and expire.
package dharma.controls.azure.keyvault

import data.dharma.controls.azure.attachment
import data.dharma.finding
import data.dharma.property

vaults := property.resources(["azure-native:keyvault:Vault"])

keys := property.resources(["azure-native:keyvault:Key"])

secrets := property.resources(["azure-native:keyvault:Secret"])

# METADATA
# title: Key vaults log who uses them
# custom:
#   id: azure.keyvault.logging
#   severity: Medium
#   types: ["azure-native:keyvault:Vault"]
#   controls: [
#       cis-azure-4.0/7.1.1.4, pci-dss-4.0/10.3.2, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2,
#       nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b)
#     ]
#   remediation: Add a DiagnosticSetting for the vault with the log category group audit or allLogs.
fails contains finding.of(rego.metadata.rule(), vault.urn, message) if {
	some vault in vaults
	not attachment.logged(vault, {"AuditEvent", "audit", "allLogs"})
	message := sprintf("%s logs no access: add a DiagnosticSetting with the category group audit", [vault.name])
}

# METADATA
# title: Key vaults can be had back
# custom:
#   id: azure.keyvault.recoverable
#   severity: High
#   types: ["azure-native:keyvault:Vault"]
#   needs: [properties.enablePurgeProtection]
#   controls: [
#       cis-azure-4.0/9.3.5, pci-dss-4.0/3.6.1, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, nist-800-53-r5/SC-12,
#       fedramp-moderate-r5/SC-12, iso-27001-2022/A.8.13, soc-2/PI1.5, hipaa/164.308(a)(7)(ii)(A)
#     ]
#   remediation: Set properties.enablePurgeProtection to true and keep enableSoftDelete on.
fails contains finding.of(rego.metadata.rule(), vault.urn, message) if {
	some vault in vaults
	off := [name |
		some name, otherwise in {"enablePurgeProtection": false, "enableSoftDelete": true}
		property.off(vault, ["properties", name], otherwise)
	]
	count(off) > 0
	message := sprintf("%s can be lost for good: set properties.%s to true", [vault.name, concat(" and properties.", sort(off))])
}

# METADATA
# title: Key vaults are reached by private endpoints
# custom:
#   id: azure.keyvault.private-endpoint
#   severity: Medium
#   types: ["azure-native:keyvault:Vault"]
#   controls: [
#       cis-azure-4.0/9.3.8, cis-azure-4.0/2.2.2.1, pci-dss-4.0/1.2.8, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7,
#       iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Add a PrivateEndpoint whose privateLinkServiceId is the vault's id.
fails contains finding.of(rego.metadata.rule(), vault.urn, message) if {
	some vault in vaults
	not attachment.private_endpoint(vault)
	message := sprintf("%s has no private endpoint: add a PrivateEndpoint that leads to it", [vault.name])
}

# METADATA
# title: Key vaults are closed to the internet
# custom:
#   id: azure.keyvault.public-access
#   severity: High
#   types: ["azure-native:keyvault:Vault"]
#   needs: [properties.publicNetworkAccess]
#   controls: [
#       cis-azure-4.0/9.3.7, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set properties.publicNetworkAccess to disabled.
fails contains finding.of(rego.metadata.rule(), vault.urn, message) if {
	some vault in vaults
	property.other_than(vault, ["properties", "publicNetworkAccess"], "enabled", {"disabled"})
	message := sprintf("%s is reached from public networks: set properties.publicNetworkAccess to disabled", [vault.name])
}

# METADATA
# title: Key vaults give access by roles
# custom:
#   id: azure.keyvault.rbac
#   severity: Medium
#   types: ["azure-native:keyvault:Vault"]
#   needs: [properties.enableRbacAuthorization]
#   controls: [
#       cis-azure-4.0/9.3.6, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3, hipaa/164.312(a)(1)
#     ]
#   remediation: Set properties.enableRbacAuthorization to true and give roles in place of access policies.
fails contains finding.of(rego.metadata.rule(), vault.urn, message) if {
	some vault in vaults
	property.off(vault, ["properties", "enableRbacAuthorization"], false)
	message := sprintf("%s gives access by its own policies: set properties.enableRbacAuthorization to true", [vault.name])
}

# METADATA
# title: Keys in vaults rotate by themselves
# custom:
#   id: azure.keyvault.key-rotation
#   severity: Medium
#   types: ["azure-native:keyvault:Key"]
#   needs: [properties.rotationPolicy]
#   controls: [
#       cis-azure-4.0/9.3.9, pci-dss-4.0/3.7.4, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, iso-27001-2022/A.8.24,
#       soc-2/CC6.1, hipaa/164.312(a)(2)(iv)
#     ]
#   remediation: Add a lifetime action of type rotate to properties.rotationPolicy.
fails contains finding.of(rego.metadata.rule(), key.urn, message) if {
	some key in keys
	actions := property.value(key, ["properties", "rotationPolicy", "lifetimeActions"], [])
	is_array(actions)
	count([action | some action in actions; lower(action.action.type) == "rotate"]) == 0
	message := sprintf("%s never rotates: add a lifetimeAction of type rotate to properties.rotationPolicy", [key.name])
}

# METADATA
# title: Keys and secrets in vaults expire
# custom:
#   id: azure.keyvault.expiry
#   severity: Low
#   types: ["azure-native:keyvault:Key", "azure-native:keyvault:Secret"]
#   needs: [properties.attributes]
#   controls: [
#       cis-azure-4.0/9.3.1, cis-azure-4.0/9.3.2, cis-azure-4.0/9.3.3, cis-azure-4.0/9.3.4, pci-dss-4.0/3.7.4,
#       pci-dss-4.0/8.6.3, nist-800-53-r5/IA-5, fedramp-moderate-r5/IA-5, nist-800-53-r5/SC-12,
#       fedramp-moderate-r5/SC-12, iso-27001-2022/A.5.17, soc-2/CC6.1
#     ]
#   remediation: Set properties.attributes.expires (seconds since 1970).
fails contains finding.of(rego.metadata.rule(), kept.urn, message) if {
	some kept in array.concat(keys, secrets)
	property.one_of(kept, ["properties", "attributes", "expires"], 0, {"0"})
	property.on(kept, ["properties", "attributes", "enabled"], true)
	message := sprintf("%s never expires: set properties.attributes.expires", [kept.name])
}
