# METADATA
# description: Azure Container Registry - no shared account, no images for everybody.
package dharma.controls.azure.registry

import data.dharma.finding
import data.dharma.property

registries := property.resources(["azure-native:containerregistry:Registry"])

# METADATA
# title: Container registries have no admin user
# custom:
#   id: azure.registry.admin-user
#   severity: High
#   types: ["azure-native:containerregistry:Registry"]
#   needs: [adminUserEnabled]
#   controls: [
#       pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, nist-800-53-r5/IA-2, fedramp-moderate-r5/IA-2, iso-27001-2022/A.8.2, soc-2/CC6.1,
#       hipaa/164.312(d)
#     ]
#   remediation: Keep adminUserEnabled false and give roles to identities.
fails contains finding.of(rego.metadata.rule(), registry.urn, message) if {
	some registry in registries
	property.on(registry, ["adminUserEnabled"], false)
	message := sprintf("%s has an account that is shared: set adminUserEnabled to false", [registry.name])
}

# METADATA
# title: Container registries ask who pulls
# custom:
#   id: azure.registry.anonymous-pull
#   severity: High
#   types: ["azure-native:containerregistry:Registry"]
#   needs: [anonymousPullEnabled]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, iso-27001-2022/A.8.3, soc-2/CC6.1,
#       hipaa/164.312(a)(1)
#     ]
#   remediation: Keep anonymousPullEnabled false.
fails contains finding.of(rego.metadata.rule(), registry.urn, message) if {
	some registry in registries
	property.on(registry, ["anonymousPullEnabled"], false)
	message := sprintf("%s gives its images to everybody: set anonymousPullEnabled to false", [registry.name])
}

# METADATA
# title: Container registries are closed to networks that are not named
# custom:
#   id: azure.registry.public-access
#   severity: Medium
#   types: ["azure-native:containerregistry:Registry"]
#   needs: [publicNetworkAccess, networkRuleSet.defaultAction]
#   controls: [
#       pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6
#     ]
#   remediation: Set publicNetworkAccess to Disabled, or networkRuleSet.defaultAction to Deny.
fails contains finding.of(rego.metadata.rule(), registry.urn, message) if {
	some registry in registries
	property.one_of(registry, ["publicNetworkAccess"], "Enabled", {"enabled"})
	property.one_of(registry, ["networkRuleSet", "defaultAction"], "Allow", {"allow"})
	message := sprintf("%s is reached from every network: set publicNetworkAccess to Disabled", [registry.name])
}
