# METADATA
# description: Amazon VPC - networks log their flows, and neither security groups nor network ACLs let the world in.
package dharma.controls.aws.vpc

import data.dharma.controls.aws.opening
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

groups := property.resources(opening.group_types)

# METADATA
# title: VPCs log their flows
# custom:
#   id: aws.vpc.flow-logs
#   severity: Medium
#   types: ["aws:ec2/vpc:Vpc"]
#   controls: [cis-aws-6.0/4.7, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, nist-800-53-r5/SI-4, fedramp-moderate-r5/AU-2, fedramp-moderate-r5/SI-4, iso-27001-2022/A.8.15, iso-27001-2022/A.8.16, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Add a FlowLog with vpcId of the network and trafficType ALL or REJECT.
fails contains finding.of(rego.metadata.rule(), network.urn, message) if {
	some network in property.resources(["aws:ec2/vpc:Vpc"])
	not flows_logged(network)
	message := sprintf("%s logs no flows: add a FlowLog with its vpcId and trafficType ALL", [network.name])
}

flows_logged(network) if {
	some log in subject.attached(network, ["aws:ec2/flowLog:FlowLog"], "vpcId")
	property.value(log, ["trafficType"], "ALL") in {"ALL", "REJECT", subject.not_known}
}

# METADATA
# title: SSH and RDP are not open to the world
# custom:
#   id: aws.vpc.admin-ports
#   severity: Critical
#   types: ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
#   needs: [ingress, cidrBlocks, ipv6CidrBlocks, cidrIpv4, cidrIpv6]
#   controls: [cis-aws-6.0/6.3, cis-aws-6.0/6.4, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-17(1), nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-17(1), fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)]
#   remediation: Name the networks that administer, or use Session Manager.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	some range in opening.of_group(group)
	some port in [22, 3389]
	opening.to_world(range, port)
	message := sprintf("%s opens port %d to the world: name the networks that administer, or use Session Manager", [group.name, port])
}

# METADATA
# title: Databases and caches are not open to the world
# custom:
#   id: aws.vpc.data-ports
#   severity: Critical
#   types: ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
#   needs: [ingress, cidrBlocks, ipv6CidrBlocks, cidrIpv4, cidrIpv6]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-4, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Let in the security groups of the clients in place of 0.0.0.0/0.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	some range in opening.of_group(group)
	some port, service in data_ports
	opening.to_world(range, port)
	message := sprintf("%s opens port %d (%s) to the world: let in the clients' security groups only", [group.name, port, service])
}

data_ports := {
	1433: "SQL Server",
	1521: "Oracle",
	2379: "etcd",
	3306: "MySQL",
	5432: "PostgreSQL",
	6379: "Redis",
	7000: "Cassandra",
	9092: "Kafka",
	9200: "Elasticsearch",
	11211: "Memcached",
	27017: "MongoDB",
}

# METADATA
# title: Default security groups let nothing through
# custom:
#   id: aws.vpc.default-security-group
#   severity: Medium
#   types: ["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"]
#   needs: [ingress, egress]
#   controls: [cis-aws-6.0/6.5, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-4(21), nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-4(21), fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Leave ingress and egress of the DefaultSecurityGroup empty, and give resources groups of their own.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in property.resources(["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"])
	rules := array.concat(property.list(group, ["ingress"]), property.list(group, ["egress"]))
	count(rules) > 0
	message := sprintf("%s has rules, which hold for all that names no group: leave ingress and egress empty", [group.name])
}

# METADATA
# title: Network ACLs do not open SSH and RDP to the world
# custom:
#   id: aws.vpc.network-acl
#   severity: High
#   types: ["aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "aws:ec2/networkAclRule:NetworkAclRule"]
#   needs: [ingress, cidrBlock, ipv6CidrBlock]
#   controls: [cis-aws-6.0/6.2, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-4(21), nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-4(21), fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)]
#   remediation: Deny ports 22 and 3389 before what is allowed, or name the networks that administer.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:ec2/networkAcl:NetworkAcl",
		"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
		"aws:ec2/networkAclRule:NetworkAclRule",
	])
	some rule in acl_rules(resource)
	lower(rule.action) == "allow"
	some range in opening.ranges(rule.of)
	some port in [22, 3389]
	opening.to_world(range, port)
	not denied_before(resource, rule, range, port)
	message := sprintf("%s lets the world reach port %d: deny it, or name the networks that administer", [resource.name, port])
}

acl_rules(resource) := [{"action": resource.new.ruleAction, "number": resource.new.ruleNumber, "of": resource.new} |
	not property.maybe_on(resource, ["egress"])
] if {
	resource.type == "aws:ec2/networkAclRule:NetworkAclRule"
} else := [{"action": rule.action, "number": rule.ruleNo, "of": rule} |
	some rule in property.list(resource, ["ingress"])
]

# The rule with the lowest number that matches decides.
denied_before(resource, rule, range, port) if {
	some other in same_acl(resource)
	some earlier in acl_rules(other)
	lower(earlier.action) == "deny"
	earlier.number < rule.number
	some denied in opening.ranges(earlier.of)
	denied.from <= port
	port <= denied.to
	every source in range.sources { source in denied.sources }
}

same_acl(resource) := [other |
	some other in subject.by_type[resource.type]
	acl_of(other) == acl_of(resource)
] if {
	resource.type == "aws:ec2/networkAclRule:NetworkAclRule"
} else := [resource]

acl_of(rule) := rule.references.networkAclId[0] if {
	rule.references.networkAclId[0]
} else := rule.new.networkAclId

# METADATA
# title: Subnets give instances no public addresses
# custom:
#   id: aws.vpc.subnet-public-ip
#   severity: Medium
#   types: ["aws:ec2/subnet:Subnet"]
#   needs: [mapPublicIpOnLaunch]
#   controls: [pci-dss-4.0/1.3.1, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Leave mapPublicIpOnLaunch off, and give addresses to load balancers and gateways only.
fails contains finding.of(rego.metadata.rule(), subnet.urn, message) if {
	some subnet in property.resources(["aws:ec2/subnet:Subnet"])
	property.on(subnet, ["mapPublicIpOnLaunch"], false)
	message := sprintf("%s gives every instance a public address: set mapPublicIpOnLaunch to false", [subnet.name])
}
