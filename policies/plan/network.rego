# METADATA
# description: Administration ports are not open to the world.
package dharma.rules.plan.network

import data.dharma.controls.aws.opening
import data.dharma.controls.azure.network as azure
import data.dharma.controls.gcp.network as gcp
import data.dharma.finding
import data.dharma.property

# METADATA
# title: SSH and RDP are not open to the world
# custom:
#   id: dharma.network.admin-port
#   severity: Critical
#   controls: [cis-aws-6.0/6.3, cis-azure-4.0/8.1, cis-azure-4.0/8.2, cis-gcp-4.0/3.6, cis-gcp-4.0/3.7, pci-dss-4.0/1.3.1, soc2/CC6.6]
#   remediation: Name the networks that administer, or use the cloud's session manager.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some port in [22, 3389]
	some resource in open_at(port)
	message := sprintf("%s opens port %d to the world: name the networks that may reach it", [resource.name, port])
}

open_at(port) := array.concat(array.concat(aws_groups(port), azure_groups(port)), firewalls(port))

aws_groups(port) := [group |
	some group in property.resources(opening.group_types)
	some range in opening.of_group(group)
	opening.to_world(range, port)
]

azure_groups(port) := [group |
	some group in azure.groups
	some range in group.openings
	azure.opens(range, port, {"tcp", "*"})
]

firewalls(port) := [firewall |
	some firewall in gcp.firewalls
	gcp.opens(firewall, port, {"tcp", "6", "all"})
]
