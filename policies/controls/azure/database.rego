# METADATA
# description: Azure's databases of open source, and Cosmos DB - private, encrypted, and not opened by keys.
package dharma.controls.azure.database

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

server_types := ["azure-native:dbforpostgresql:Server", "azure-native:dbformysql:Server"]

accounts := property.resources(["azure-native:cosmosdb:DatabaseAccount"])

# Both parameters are on, and of TLS 1.2, by default (server parameters of the flexible servers).

# METADATA
# title: PostgreSQL and MySQL take TLS 1.2 or newer only
# custom:
#   id: azure.database.tls
#   severity: High
#   types: ["azure-native:dbforpostgresql:Configuration", "azure-native:dbformysql:Configuration"]
#   needs: [value]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Keep require_secure_transport on and tls_version or ssl_min_protocol_version at TLSv1.2.
fails contains finding.of(rego.metadata.rule(), parameter.urn, message) if {
	some parameter in property.resources([
		"azure-native:dbforpostgresql:Configuration",
		"azure-native:dbformysql:Configuration",
	])
	name := lower(object.get(parameter.new, "configurationName", parameter.name))
	weak(name, lower(parameter.new.value))
	message := sprintf("%s sets %s to %s: take TLS 1.2 or newer only", [parameter.name, name, parameter.new.value])
}

weak("require_secure_transport", value) if value in {"off", "0", "false"}

weak("ssl_min_protocol_version", value) if value in {"tlsv1", "tlsv1.0", "tlsv1.1"}

weak("tls_version", value) if {
	some version in split(value, ",")
	trim_space(version) in {"tlsv1", "tlsv1.0", "tlsv1.1"}
}

# METADATA
# title: PostgreSQL and MySQL firewalls are not open to everybody
# custom:
#   id: azure.database.firewall
#   severity: Critical
#   types: ["azure-native:dbforpostgresql:FirewallRule", "azure-native:dbformysql:FirewallRule"]
#   needs: [startIpAddress]
#   controls: [
#       pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the addresses that need the server.
fails contains finding.of(rego.metadata.rule(), rule.urn, message) if {
	some rule in property.resources([
		"azure-native:dbforpostgresql:FirewallRule",
		"azure-native:dbformysql:FirewallRule",
	])
	property.one_of(rule, ["startIpAddress"], "", {"0.0.0.0"})
	message := sprintf("%s lets in from 0.0.0.0: name the addresses that need the server", [rule.name])
}

# A server in a delegated subnet has no public address, whatever publicNetworkAccess says.

# METADATA
# title: PostgreSQL and MySQL are closed to public networks
# custom:
#   id: azure.database.public-access
#   severity: High
#   types: ["azure-native:dbforpostgresql:Server", "azure-native:dbformysql:Server"]
#   needs: [network.publicNetworkAccess]
#   controls: [
#       cis-azure-4.0/2.2.1.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set network.publicNetworkAccess to Disabled, or give the server a delegated subnet.
fails contains finding.of(rego.metadata.rule(), server.urn, message) if {
	some server in property.resources(server_types)
	property.one_of(server, ["network", "publicNetworkAccess"], "Enabled", {"enabled"})
	property.unsaid(server, ["network", "delegatedSubnetResourceId"])
	message := sprintf("%s has a public address: set network.publicNetworkAccess to Disabled", [server.name])
}

# METADATA
# title: Cosmos DB is closed to networks that are not named
# custom:
#   id: azure.database.cosmos-firewall
#   severity: High
#   types: ["azure-native:cosmosdb:DatabaseAccount"]
#   needs: [publicNetworkAccess, isVirtualNetworkFilterEnabled, ipRules]
#   controls: [
#       pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set publicNetworkAccess to Disabled, or isVirtualNetworkFilterEnabled to true, or name addresses in ipRules.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.one_of(account, ["publicNetworkAccess"], "Enabled", {"enabled"})
	property.off(account, ["isVirtualNetworkFilterEnabled"], false)
	property.value(account, ["ipRules"], []) != subject.not_known
	named := [rule |
		some rule in property.value(account, ["ipRules"], [])
		not lets_in_all(rule)
	]
	count(named) == 0
	message := sprintf("%s is reached from every network: set publicNetworkAccess to Disabled or name networks", [account.name])
}

# A rule that is known only after applying may name a network.
lets_in_all(rule) if {
	is_object(rule)
	property.field(rule, "ipAddressOrRange", "0.0.0.0") in {"", "0.0.0.0", "0.0.0.0/0"}
}

# METADATA
# title: Cosmos DB is encrypted with the customer's key
# custom:
#   id: azure.database.cosmos-customer-key
#   severity: Low
#   types: ["azure-native:cosmosdb:DatabaseAccount"]
#   needs: [keyVaultKeyUri]
#   controls: [
#       cis-azure-4.0/2.1.1.2.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12,
#       nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv),
#       gdpr/32
#     ]
#   remediation: Set keyVaultKeyUri to a key in a vault; it can only be set when the account is made.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.unsaid(account, ["keyVaultKeyUri"])
	message := sprintf("%s is encrypted with Microsoft's key: set keyVaultKeyUri", [account.name])
}

# METADATA
# title: Cosmos DB takes identities, not account keys
# custom:
#   id: azure.database.cosmos-local-auth
#   severity: Medium
#   types: ["azure-native:cosmosdb:DatabaseAccount"]
#   needs: [disableLocalAuth]
#   controls: [
#       pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set disableLocalAuth to true and give roles to identities.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in accounts
	property.other_than(account, ["kind"], "GlobalDocumentDB", {"mongodb"}) # has no other way in
	property.off(account, ["disableLocalAuth"], false)
	message := sprintf("%s can be opened by its account keys: set disableLocalAuth to true", [account.name])
}
