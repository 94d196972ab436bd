# METADATA
# description: What security groups and network ACLs let in, in one form - {sources, from, to}, all ports being 0 to 65535.
package dharma.controls.aws.opening

import data.dharma.property
import data.dharma.subject

# METADATA
# description: True where an opening reaches `port` from the whole internet.
to_world(opening, port) if {
	opening.from <= port
	port <= opening.to
	some source in opening.sources
	world(source)
}

# METADATA
# description: True for a network that is the whole internet.
world(source) if source in {"0.0.0.0/0", "::/0"}

# METADATA
# description: Security groups, and rules beside them.
group_types := [
	"aws:ec2/securityGroup:SecurityGroup",
	"aws:ec2/securityGroupRule:SecurityGroupRule",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
]

# METADATA
# description: The TCP openings of a security group, or of a rule beside one.
of_group(resource) := [range |
	some rule in property.list(resource, ["ingress"])
	some range in ranges(rule)
] if {
	resource.type == "aws:ec2/securityGroup:SecurityGroup"
}

of_group(resource) := ranges(resource.new) if {
	resource.type == "aws:ec2/securityGroupRule:SecurityGroupRule"
	resource.new.type == "ingress"
}

of_group(resource) := ranges(resource.new) if {
	resource.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
}

# METADATA
# description: The openings of one rule, none where it is not about TCP or its ports are not known.
ranges(rule) := [{"sources": sources(rule), "from": ports.from, "to": ports.to} | some ports in spans(rule)]

spans(rule) := [{"from": 0, "to": 65535}] if protocol(rule) in {"-1", "all"}

spans(rule) := [{"from": property.number(rule.fromPort), "to": property.number(rule.toPort)}] if {
	protocol(rule) in {"tcp", "6"}
}

# A number or a name; where nothing is said, every protocol.
protocol(rule) := property.text(said[0]) if {
	said := [given | some name in ["ipProtocol", "protocol"]; given := rule[name]; given != null]
	count(said) > 0
} else := "-1"

sources(rule) := [source |
	some name in ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock"]
	some source in property.listed(rule[name])
	source != subject.not_known
]
