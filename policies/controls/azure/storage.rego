# METADATA
# description: Azure Storage - accounts are closed, reached by TLS only, encrypted with own keys and recoverable.
package dharma.controls.azure.storage

import data.dharma.controls.azure.attachment
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

account_type := "azure-native:storage:StorageAccount"

accounts := property.resources([account_type])

# METADATA
# title: Storage accounts take HTTPS only
# custom:
#   id: azure.storage.https-only
#   severity: High
#   types: ["azure-native:storage:StorageAccount"]
#   needs: [enableHttpsTrafficOnly]
#   controls: [
#       cis-azure-4.0/10.3.4, pci-dss-4.0/2.2.7, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-8(1),
#       fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Keep enableHttpsTrafficOnly at true.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.off(account, ["enableHttpsTrafficOnly"], true)
	message := sprintf("%s takes clear-text HTTP: set enableHttpsTrafficOnly to true", [account.name])
}

# Absent is TLS 1.0: the property's description in the API of Microsoft.Storage.

# METADATA
# title: Storage accounts take TLS 1.2 or newer
# custom:
#   id: azure.storage.tls
#   severity: High
#   types: ["azure-native:storage:StorageAccount"]
#   needs: [minimumTlsVersion]
#   controls: [
#       cis-azure-4.0/10.3.7, pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.6, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Set minimumTlsVersion to TLS1_2.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.one_of(account, ["minimumTlsVersion"], "TLS1_0", {"tls1_0", "tls1_1"})
	message := sprintf("%s takes TLS older than 1.2: set minimumTlsVersion to TLS1_2", [account.name])
}

# METADATA
# title: Blobs are not public
# custom:
#   id: azure.storage.public-blobs
#   severity: Critical
#   types: ["azure-native:storage:StorageAccount", "azure-native:storage:BlobContainer"]
#   needs: [allowBlobPublicAccess, publicAccess]
#   controls: [
#       cis-azure-4.0/10.3.9, pci-dss-4.0/1.2.8, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.1, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/25, gdpr/32
#     ]
#   remediation: Keep allowBlobPublicAccess false and the containers' publicAccess None; share blobs by signed URLs.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([account_type, "azure-native:storage:BlobContainer"])
	message := public(resource)
}

public(account) := sprintf(
	"%s lets containers be public: set allowBlobPublicAccess to false",
	[account.name],
) if {
	account.type == account_type
	property.on(account, ["allowBlobPublicAccess"], false)
}

public(container) := sprintf(
	"%s shows its blobs to everybody: set publicAccess to None",
	[container.name],
) if {
	container.type == "azure-native:storage:BlobContainer"
	property.one_of(container, ["publicAccess"], "None", {"blob", "container"})
}

# METADATA
# title: Storage accounts are encrypted with the customer's key
# custom:
#   id: azure.storage.customer-key
#   severity: Medium
#   types: ["azure-native:storage:StorageAccount"]
#   needs: [encryption.keySource]
#   controls: [
#       cis-azure-4.0/2.1.1.2.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12,
#       nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, nist-800-53-r5/SC-28(1), fedramp-moderate-r5/SC-28(1),
#       iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set encryption.keySource to Microsoft.Keyvault, with the key in encryption.keyVaultProperties.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.other_than(account, ["encryption", "keySource"], "Microsoft.Storage", {"microsoft.keyvault"})
	message := sprintf("%s is encrypted with Microsoft's key: set encryption.keySource to Microsoft.Keyvault", [account.name])
}

# METADATA
# title: Deleted blobs and containers can be had back
# custom:
#   id: azure.storage.soft-delete
#   severity: Medium
#   types: ["azure-native:storage:StorageAccount"]
#   controls: [
#       cis-azure-4.0/10.3.6, pci-dss-4.0/10.3.2, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.10,
#       soc-2/CC7.4, hipaa/164.308(a)(7)(ii)(A)
#     ]
#   remediation: Add BlobServiceProperties with deleteRetentionPolicy and containerDeleteRetentionPolicy enabled.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	not account.new.kind == "FileStorage"
	lost := [what |
		some what, policy in {"blobs": "deleteRetentionPolicy", "containers": "containerDeleteRetentionPolicy"}
		not kept(account, policy)
	]
	count(lost) > 0
	message := sprintf(
		"%s keeps no deleted %s: add BlobServiceProperties that enable deleteRetentionPolicy and containerDeleteRetentionPolicy",
		[account.name, concat(" and ", sort(lost))],
	)
}

kept(account, policy) if {
	some service in attachment.children(account, ["azure-native:storage:BlobServiceProperties"], "accountName")
	property.one_of(service, [policy, "enabled"], false, {"true", subject.not_known})
}

# METADATA
# title: Storage accounts are reached by private endpoints
# custom:
#   id: azure.storage.private-endpoint
#   severity: Medium
#   types: ["azure-native:storage:StorageAccount"]
#   controls: [
#       cis-azure-4.0/2.2.2.1, cis-azure-4.0/10.3.2.1, pci-dss-4.0/1.4.4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.14, iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Add a PrivateEndpoint whose privateLinkServiceId is the account's id.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	not attachment.private_endpoint(account)
	message := sprintf("%s has no private endpoint: add a PrivateEndpoint that leads to it", [account.name])
}

# METADATA
# title: Storage accounts are closed to networks that are not named
# custom:
#   id: azure.storage.default-deny
#   severity: High
#   types: ["azure-native:storage:StorageAccount"]
#   needs: [networkRuleSet.defaultAction, publicNetworkAccess]
#   controls: [
#       cis-azure-4.0/10.3.2.3, cis-azure-4.0/2.2.1.2, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-4,
#       fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, nist-800-53-r5/SC-7(5),
#       fedramp-moderate-r5/SC-7(5), iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set networkRuleSet.defaultAction to Deny and name the networks, or publicNetworkAccess to Disabled.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.one_of(account, ["publicNetworkAccess"], "Enabled", {"enabled"})
	property.one_of(account, ["networkRuleSet", "defaultAction"], "Allow", {"allow"})
	message := sprintf("%s is reached from every network: set networkRuleSet.defaultAction to Deny", [account.name])
}

# METADATA
# title: Storage accounts take identities, not account keys
# custom:
#   id: azure.storage.shared-key
#   severity: Medium
#   types: ["azure-native:storage:StorageAccount"]
#   needs: [allowSharedKeyAccess]
#   controls: [
#       cis-azure-4.0/10.3.1.3, pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set allowSharedKeyAccess to false and give roles to identities.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.on(account, ["allowSharedKeyAccess"], true)
	message := sprintf("%s can be opened by its account keys: set allowSharedKeyAccess to false", [account.name])
}
