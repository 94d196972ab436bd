# METADATA
# description: Administration ports are not open to the world.
package dharma.rules.plan.network

import data.dharma.finding
import data.dharma.subject

# METADATA
# title: SSH and RDP are not open to the world
# custom:
#   id: dharma.network.admin-port
#   severity: Critical
#   controls: [cis-aws-6.0/6.3, cis-azure-4.0/8.1, cis-azure-4.0/8.2, cis-gcp-4.0/3.6, cis-gcp-4.0/3.7, pci-dss-4.0/1.3.1, soc2/CC6.6]
#   remediation: Name the networks that administer, or use the cloud's session manager.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	some opening in openings(resource)
	some source in opening.sources
	source in {"0.0.0.0/0", "::/0", "*", "Internet", "Any"}
	some port in [22, 3389]
	opening.from <= port
	port <= opening.to
	message := sprintf("%s opens port %d to the world: name the networks that may reach it", [resource.name, port])
}

# Each opening: {sources: [..], from: port, to: port}; all ports are 0 to 65535.
openings(resource) := [opening |
	some rule in object.get(resource.new, "ingress", [])
	opening := aws_opening(rule)
] if {
	resource.type == "aws:ec2/securityGroup:SecurityGroup"
}

openings(resource) := [aws_opening(resource.new)] if {
	resource.type == "aws:ec2/securityGroupRule:SecurityGroupRule"
	resource.new.type == "ingress"
}

openings(resource) := [aws_opening(resource.new)] if {
	resource.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
}

openings(resource) := [opening |
	some rule in object.get(resource.new, "securityRules", [])
	some opening in azure_openings(rule)
] if {
	resource.type == "azure-native:network:NetworkSecurityGroup"
}

openings(resource) := azure_openings(resource.new) if resource.type == "azure-native:network:SecurityRule"

openings(resource) := [opening |
	some allowed in object.get(resource.new, "allows", [])
	lower(allowed.protocol) in {"tcp", "all", "6"}
	some ports in object.get(allowed, "ports", ["0-65535"])
	range := port_range(ports)
	opening := {"sources": object.get(resource.new, "sourceRanges", ["0.0.0.0/0"]), "from": range[0], "to": range[1]}
] if {
	resource.type == "gcp:compute/firewall:Firewall"
	object.get(resource.new, "direction", "INGRESS") == "INGRESS"
	not narrowed(resource.new)
}

# A firewall that takes its sources by tag or account is not open to addresses unless it names them.
narrowed(firewall) if {
	not firewall.sourceRanges
	firewall.sourceTags
}

narrowed(firewall) if {
	not firewall.sourceRanges
	firewall.sourceServiceAccounts
}

aws_opening(rule) := {"sources": aws_sources(rule), "from": 0, "to": 65535} if {
	protocol := sprintf("%v", [object.get(rule, "ipProtocol", object.get(rule, "protocol", "-1"))])
	protocol in {"-1", "all"}
}

aws_opening(rule) := {"sources": aws_sources(rule), "from": rule.fromPort, "to": rule.toPort} if {
	protocol := sprintf("%v", [object.get(rule, "ipProtocol", object.get(rule, "protocol", "-1"))])
	protocol in {"tcp", "6"}
}

aws_sources(rule) := array.concat(
	array.concat(object.get(rule, "cidrBlocks", []), object.get(rule, "ipv6CidrBlocks", [])),
	[cidr | some name in ["cidrIpv4", "cidrIpv6"]; cidr := rule[name]],
)

azure_openings(rule) := [opening |
	rule.access == "Allow"
	rule.direction == "Inbound"
	lower(object.get(rule, "protocol", "*")) in {"tcp", "*"}
	ports := array.concat(
		[port | port := rule.destinationPortRange],
		object.get(rule, "destinationPortRanges", []),
	)
	some port in ports
	range := port_range(port)
	sources := array.concat(
		[source | source := rule.sourceAddressPrefix],
		object.get(rule, "sourceAddressPrefixes", []),
	)
	opening := {"sources": sources, "from": range[0], "to": range[1]}
]

port_range(ports) := [0, 65535] if ports == "*"

port_range(ports) := [port, port] if {
	is_number(ports)
	port := ports
}

port_range(ports) := [port, port] if {
	regex.match(`^[0-9]+$`, ports)
	port := to_number(ports)
}

port_range(ports) := [to_number(ends[0]), to_number(ends[1])] if {
	regex.match(`^[0-9]+-[0-9]+$`, ports)
	ends := split(ports, "-")
}
