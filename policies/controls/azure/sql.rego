# METADATA
# description: Azure SQL - servers are private, audited and encrypted, and know people by Entra ID.
package dharma.controls.azure.sql

import data.dharma.controls.azure.attachment
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

servers := property.resources(["azure-native:sql:Server"])

# Encryption is on by default: only what turns it off is wrong.

# METADATA
# title: SQL databases are encrypted
# custom:
#   id: azure.sql.encryption
#   severity: High
#   types: ["azure-native:sql:TransparentDataEncryption"]
#   needs: [state]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, nist-800-53-r5/SC-28(1),
#       fedramp-moderate-r5/SC-28(1), iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set state to Enabled.
fails contains finding.of(rego.metadata.rule(), encryption.urn, message) if {
	some encryption in subject.by_type["azure-native:sql:TransparentDataEncryption"]
	property.one_of(encryption, ["state"], "Enabled", {"disabled"})
	message := sprintf("%s turns the database's encryption off: set state to Enabled", [encryption.name])
}

# From 0.0.0.0 to 0.0.0.0 is every customer's service in Azure (firewall rules of Azure SQL).

# METADATA
# title: SQL firewalls are not open to everybody
# custom:
#   id: azure.sql.firewall
#   severity: Critical
#   types: ["azure-native:sql:FirewallRule"]
#   needs: [startIpAddress]
#   controls: [
#       pci-dss-4.0/1.2.8, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.2, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the addresses that need the server.
fails contains finding.of(rego.metadata.rule(), rule.urn, message) if {
	some rule in subject.by_type["azure-native:sql:FirewallRule"]
	property.one_of(rule, ["startIpAddress"], "", {"0.0.0.0"})
	message := sprintf("%s lets in from 0.0.0.0: name the addresses that need the server", [rule.name])
}

# METADATA
# title: SQL servers are closed to public networks
# custom:
#   id: azure.sql.public-access
#   severity: High
#   types: ["azure-native:sql:Server"]
#   needs: [publicNetworkAccess]
#   controls: [
#       cis-azure-4.0/2.2.1.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set publicNetworkAccess to Disabled and add a private endpoint.
fails contains finding.of(rego.metadata.rule(), server.urn, message) if {
	some server in servers
	property.one_of(server, ["publicNetworkAccess"], "Enabled", {"enabled"})
	message := sprintf("%s has a public address: set publicNetworkAccess to Disabled", [server.name])
}

# METADATA
# title: SQL servers take TLS 1.2 or newer
# custom:
#   id: azure.sql.tls
#   severity: High
#   types: ["azure-native:sql:Server"]
#   needs: [minimalTlsVersion]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Set minimalTlsVersion to 1.2.
fails contains finding.of(rego.metadata.rule(), server.urn, message) if {
	some server in servers
	property.one_of(server, ["minimalTlsVersion"], "1.2", {"none", "1.0", "1.1"})
	message := sprintf("%s takes TLS older than 1.2: set minimalTlsVersion to 1.2", [server.name])
}

# METADATA
# title: SQL servers are audited
# custom:
#   id: azure.sql.auditing
#   severity: Medium
#   types: ["azure-native:sql:Server"]
#   controls: [
#       pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Add a ServerBlobAuditingPolicy with state Enabled.
fails contains finding.of(rego.metadata.rule(), server.urn, message) if {
	some server in servers
	policies := attachment.children(
		server,
		["azure-native:sql:ServerBlobAuditingPolicy", "azure-native:sql:ExtendedServerBlobAuditingPolicy"],
		"serverName",
	)
	count([policy | some policy in policies; not property.one_of(policy, ["state"], "Disabled", {"disabled"})]) == 0
	message := sprintf("%s is not audited: add a ServerBlobAuditingPolicy with state Enabled", [server.name])
}

# METADATA
# title: SQL servers know people by Entra ID alone
# custom:
#   id: azure.sql.entra-only
#   severity: Medium
#   types: ["azure-native:sql:Server"]
#   needs: [administrators.azureADOnlyAuthentication]
#   controls: [
#       pci-dss-4.0/8.3.1, nist-800-53-r5/AC-2(1), fedramp-moderate-r5/AC-2(1), nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, iso-27001-2022/A.8.5, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set administrators.azureADOnlyAuthentication to true.
fails contains finding.of(rego.metadata.rule(), server.urn, message) if {
	some server in servers
	property.off(server, ["administrators", "azureADOnlyAuthentication"], false)
	only := attachment.children(server, ["azure-native:sql:ServerAzureADOnlyAuthentication"], "serverName")
	count([setting | some setting in only; not setting.new.azureADOnlyAuthentication == false]) == 0
	message := sprintf("%s takes SQL passwords: set administrators.azureADOnlyAuthentication to true", [server.name])
}
