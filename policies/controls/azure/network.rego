# METADATA
# description: Azure networks - what security groups let in from the internet, what of the traffic is recorded, TLS at gateways.
package dharma.controls.azure.network

import data.dharma.controls.azure.attachment
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

# METADATA
# title: RDP is not open to the internet
# custom:
#   id: azure.network.rdp
#   severity: Critical
#   types: ["azure-native:network:NetworkSecurityGroup", "azure-native:network:SecurityRule"]
#   needs: [sourceAddressPrefix, destinationPortRange]
#   controls: [
#       cis-azure-4.0/8.1, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1),
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the networks that administer, or use Azure Bastion.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	rules := {opening.rule | some opening in group.openings; opens(opening, 3389, {"tcp", "udp", "*"})}
	count(rules) > 0
	message := told(group, rules, "RDP (3389)", "name the networks that administer, or use Azure Bastion")
}

# METADATA
# title: SSH is not open to the internet
# custom:
#   id: azure.network.ssh
#   severity: Critical
#   types: ["azure-native:network:NetworkSecurityGroup", "azure-native:network:SecurityRule"]
#   needs: [sourceAddressPrefix, destinationPortRange]
#   controls: [
#       cis-azure-4.0/8.2, pci-dss-4.0/1.2.8, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1),
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the networks that administer, or use Azure Bastion.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	rules := {opening.rule | some opening in group.openings; opens(opening, 22, {"tcp", "*"})}
	count(rules) > 0
	message := told(group, rules, "SSH (22)", "name the networks that administer, or use Azure Bastion")
}

# METADATA
# title: UDP is not open to the internet
# custom:
#   id: azure.network.udp
#   severity: High
#   types: ["azure-native:network:NetworkSecurityGroup", "azure-native:network:SecurityRule"]
#   needs: [sourceAddressPrefix]
#   controls: [
#       cis-azure-4.0/8.3, pci-dss-4.0/1.2.5, pci-dss-4.0/1.3.1, nist-800-53-r5/SC-5, fedramp-moderate-r5/SC-5,
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6
#     ]
#   remediation: Name the networks, or let protocol Tcp in alone.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	rules := {opening.rule | some opening in group.openings; opening.protocol in {"udp", "*"}}
	count(rules) > 0
	message := told(group, rules, "UDP", "name the networks, or set protocol to Tcp")
}

# METADATA
# title: Clear-text HTTP is not open to the internet
# custom:
#   id: azure.network.http
#   severity: Medium
#   types: ["azure-native:network:NetworkSecurityGroup", "azure-native:network:SecurityRule"]
#   needs: [sourceAddressPrefix, destinationPortRange]
#   controls: [
#       cis-azure-4.0/8.4, pci-dss-4.0/1.3.1, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20,
#       soc-2/CC6.6
#     ]
#   remediation: Let the service tag of the gateway in front in, or open 443 alone.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	rules := {opening.rule | some opening in group.openings; opens(opening, 80, {"tcp", "*"})}
	count(rules) > 0
	message := told(group, rules, "HTTP (80)", "open 443 alone, or name the gateway in front")
}

told(group, rules, what, mend) := sprintf(
	"%s lets the internet in to %s by %s: %s",
	[group.name, what, concat(", ", sort(rules)), mend],
)

opens(opening, port, protocols) if {
	opening.protocol in protocols
	opening.from <= port
	port <= opening.to
}

# Security groups with what their own rules open to the internet; a rule of its own counts as a group.
groups := array.concat(
	[{"urn": group.urn, "name": group.name, "openings": openings} |
		some group in subject.by_type["azure-native:network:NetworkSecurityGroup"]
		openings := [opening |
			some rule in property.list(group, ["securityRules"])
			some opening in openings_of(rule, property.field(rule, "name", "a rule without a name"))
		]
	],
	[{"urn": rule.urn, "name": rule.name, "openings": openings_of(rule.new, rule.name)} |
		some rule in subject.by_type["azure-native:network:SecurityRule"]
	],
)

openings_of(rule, name) := [opening |
	lower(rule.direction) == "inbound"
	lower(rule.access) == "allow"
	from_internet(rule)
	some ports in both(rule, "destinationPortRange", "destinationPortRanges")
	range := port_range(ports)
	opening := {
		"rule": name,
		"protocol": lower(property.field(rule, "protocol", "*")),
		"from": range[0],
		"to": range[1],
	}
]

from_internet(rule) if {
	some source in both(rule, "sourceAddressPrefix", "sourceAddressPrefixes")
	lower(source) in {"*", "any", "internet", "0.0.0.0/0", "::/0"}
}

# The values of a property that has a form for one and a form for many.
both(rule, one, many) := array.concat(
	[value | value := rule[one]; is_string(value)],
	[value | some value in property.field(rule, many, [])],
)

port_range(ports) := [0, 65535] if ports == "*"

port_range(ports) := [ports, ports] if is_number(ports)

port_range(ports) := [to_number(ends[0]), to_number(ends[count(ends) - 1])] if {
	is_string(ports)
	regex.match(`^[0-9]+(-[0-9]+)?$`, ports)
	ends := split(ports, "-")
}

# Retention that is off, or of 0 days, keeps the logs for ever.

# METADATA
# title: Flow logs are on and kept for 90 days or longer
# custom:
#   id: azure.network.flow-log-retention
#   severity: Medium
#   types: ["azure-native:network:FlowLog"]
#   needs: [enabled, retentionPolicy.days]
#   controls: [
#       cis-azure-4.0/8.8, pci-dss-4.0/10.2.1, pci-dss-4.0/10.5.1, nist-800-53-r5/AU-11, fedramp-moderate-r5/AU-11,
#       nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b)
#     ]
#   remediation: Set enabled to true and retentionPolicy.days to 90 or more.
fails contains finding.of(rego.metadata.rule(), log.urn, message) if {
	some log in subject.by_type["azure-native:network:FlowLog"]
	why := forgets(log)
	message := sprintf("%s %s: set enabled to true and retentionPolicy.days to 90 or more", [log.name, why])
}

forgets(log) := "is off" if property.off(log, ["enabled"], true)

forgets(log) := sprintf("keeps flow logs for %d days", [days]) if {
	not property.off(log, ["enabled"], true)
	property.on(log, ["retentionPolicy", "enabled"], false)
	days := property.value(log, ["retentionPolicy", "days"], 0)
	is_number(days)
	days > 0
	days < 90
}

# METADATA
# title: Virtual networks have flow logs
# custom:
#   id: azure.network.flow-logs
#   severity: Medium
#   types: ["azure-native:network:VirtualNetwork"]
#   controls: [
#       pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, nist-800-53-r5/SI-4, fedramp-moderate-r5/SI-4, iso-27001-2022/A.8.15,
#       iso-27001-2022/A.8.16, soc-2/CC7.2, hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Add a FlowLog whose targetResourceId is the network's id.
fails contains finding.of(rego.metadata.rule(), network.urn, message) if {
	some network in subject.by_type["azure-native:network:VirtualNetwork"]
	count(attachment.children(network, ["azure-native:network:FlowLog"], "targetResourceId")) == 0
	message := sprintf("%s has no flow log: add a FlowLog whose targetResourceId is its id", [network.name])
}

# The policies of 2015 and 2017 take TLS 1.0; AppGwSslPolicy20170401S and those of
# 2022 take TLS 1.2 and newer (Azure's overview of Application Gateway TLS policies).

# METADATA
# title: Application gateways take TLS 1.2 or newer
# custom:
#   id: azure.network.gateway-tls
#   severity: High
#   types: ["azure-native:network:ApplicationGateway"]
#   needs: [sslPolicy.policyName, sslPolicy.minProtocolVersion]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Set sslPolicy.policyName to AppGwSslPolicy20220101, or minProtocolVersion to TLSv1_2.
fails contains finding.of(rego.metadata.rule(), gateway.urn, message) if {
	some gateway in subject.by_type["azure-native:network:ApplicationGateway"]
	old_tls(gateway)
	message := sprintf("%s takes TLS older than 1.2: set sslPolicy.policyName to AppGwSslPolicy20220101", [gateway.name])
}

old_tls(gateway) if property.one_of(
	gateway,
	["sslPolicy", "policyName"],
	"",
	{"appgwsslpolicy20150501", "appgwsslpolicy20170401"},
)

old_tls(gateway) if property.one_of(gateway, ["sslPolicy", "minProtocolVersion"], "", {"tlsv1_0", "tlsv1_1"})
