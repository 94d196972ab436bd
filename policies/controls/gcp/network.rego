# METADATA
# description: VPC networks, load balancers and Cloud DNS - what the internet reaches, what is recorded, TLS and DNSSEC.
package dharma.controls.gcp.network

import data.dharma.finding
import data.dharma.property

firewalls := property.resources(["gcp:compute/firewall:Firewall"])

# METADATA
# title: SSH is not open to the internet
# custom:
#   id: gcp.network.ssh
#   severity: Critical
#   types: ["gcp:compute/firewall:Firewall"]
#   needs: [sourceRanges, allows]
#   controls: [
#       cis-gcp-4.0/3.6, pci-dss-4.0/1.2.8, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1),
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the ranges that administer, or use Identity-Aware Proxy (35.235.240.0/20).
fails contains finding.of(rego.metadata.rule(), firewall.urn, message) if {
	some firewall in firewalls
	opens(firewall, 22, {"tcp", "6", "all"})
	message := sprintf("%s lets the internet in to SSH (22): name the ranges, or use Identity-Aware Proxy", [firewall.name])
}

# METADATA
# title: RDP is not open to the internet
# custom:
#   id: gcp.network.rdp
#   severity: Critical
#   types: ["gcp:compute/firewall:Firewall"]
#   needs: [sourceRanges, allows]
#   controls: [
#       cis-gcp-4.0/3.7, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1), nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the ranges that administer, or use Identity-Aware Proxy (35.235.240.0/20).
fails contains finding.of(rego.metadata.rule(), firewall.urn, message) if {
	some firewall in firewalls
	opens(firewall, 3389, {"tcp", "6", "udp", "17", "all"})
	message := sprintf("%s lets the internet in to RDP (3389): name the ranges, or use Identity-Aware Proxy", [firewall.name])
}

# METADATA
# title: Firewalls don't open everything to the internet
# custom:
#   id: gcp.network.all-ports
#   severity: Critical
#   types: ["gcp:compute/firewall:Firewall"]
#   needs: [sourceRanges, allows]
#   controls: [
#       pci-dss-4.0/1.2.5, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, nist-800-53-r5/SC-7(5), fedramp-moderate-r5/SC-7(5), iso-27001-2022/A.8.20,
#       soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Name the protocols and ports that are needed.
fails contains finding.of(rego.metadata.rule(), firewall.urn, message) if {
	some firewall in firewalls
	from_internet(firewall)
	some allowed in property.list(firewall, ["allows"])
	lower(allowed.protocol) in {"tcp", "6", "udp", "17", "all"}
	property.field(allowed, "ports", []) == []
	message := sprintf("%s opens every port to the internet: name the protocols and ports", [firewall.name])
}

opens(firewall, port, protocols) if {
	from_internet(firewall)
	some allowed in property.list(firewall, ["allows"])
	lower(allowed.protocol) in protocols
	some range in ranges(property.field(allowed, "ports", []))
	range[0] <= port
	port <= range[1]
}

# An ingress rule without any source is open to the internet; with a tag or an account alone it is not.
from_internet(firewall) if {
	enters(firewall)
	some source in property.list(firewall, ["sourceRanges"])
	source in {"0.0.0.0/0", "::/0", "0::0/0"}
}

from_internet(firewall) if {
	enters(firewall)
	every key in ["sourceRanges", "sourceTags", "sourceServiceAccounts"] {
		property.value(firewall, [key], []) == []
	}
}

enters(firewall) if {
	property.one_of(firewall, ["direction"], "INGRESS", {"ingress"})
	property.off(firewall, ["disabled"], false)
}

ranges([]) := [[0, 65535]]

ranges(ports) := [[to_number(ends[0]), to_number(ends[count(ends) - 1])] |
	some text in ports
	regex.match(`^[0-9]+(-[0-9]+)?$`, text)
	ends := split(text, "-")
] if {
	ports != []
}

# METADATA
# title: Subnetworks have flow logs
# custom:
#   id: gcp.network.flow-logs
#   severity: Medium
#   types: ["gcp:compute/subnetwork:Subnetwork"]
#   needs: [logConfig]
#   controls: [
#       cis-gcp-4.0/3.8, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, nist-800-53-r5/SI-4, fedramp-moderate-r5/SI-4, iso-27001-2022/A.8.15, soc-2/CC7.2,
#       hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Set logConfig, if only to an empty object.
fails contains finding.of(rego.metadata.rule(), subnetwork.urn, message) if {
	some subnetwork in property.resources(["gcp:compute/subnetwork:Subnetwork"])
	property.one_of(subnetwork, ["purpose"], "PRIVATE", {"private"}) # the others have none
	property.value(subnetwork, ["logConfig"], null) == null
	message := sprintf("%s has no flow logs: set logConfig", [subnetwork.name])
}

# METADATA
# title: Nothing is in the default network
# custom:
#   id: gcp.network.default-network
#   severity: Medium
#   types: ["gcp:compute/network:Network", "gcp:compute/instance:Instance", "gcp:organizations/project:Project"]
#   needs: [name, autoCreateNetwork]
#   controls: [
#       cis-gcp-4.0/3.1, pci-dss-4.0/1.4.2, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-7, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Make a network with subnetworks of its own, and set autoCreateNetwork of projects to false.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"gcp:compute/network:Network",
		"gcp:compute/instance:Instance",
		"gcp:organizations/project:Project",
	])
	why := by_default(resource)
	message := sprintf("%s %s", [resource.name, why])
}

by_default(network) := "is a default network, open inside: give it another name and rules of its own" if {
	network.type == "gcp:compute/network:Network"
	network.new.name == "default"
}

by_default(instance) := "is in the default network: name a network of its own" if {
	instance.type == "gcp:compute/instance:Instance"
	some interface in property.list(instance, ["networkInterfaces"])
	regex.match(`^(.*/networks/)?default$`, interface.network)
}

by_default(project) := "gets a default network: set autoCreateNetwork to false" if {
	project.type == "gcp:organizations/project:Project"
	property.on(project, ["autoCreateNetwork"], true)
}

# METADATA
# title: Firewalls log what they decide
# custom:
#   id: gcp.network.firewall-logging
#   severity: Low
#   types: ["gcp:compute/firewall:Firewall"]
#   needs: [logConfig]
#   controls: [
#       pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b)
#     ]
#   remediation: Set logConfig.metadata to INCLUDE_ALL_METADATA.
fails contains finding.of(rego.metadata.rule(), firewall.urn, message) if {
	some firewall in firewalls
	property.value(firewall, ["logConfig"], null) == null
	property.off(firewall, ["enableLogging"], false)
	message := sprintf("%s logs nothing: set logConfig.metadata to INCLUDE_ALL_METADATA", [firewall.name])
}

# A proxy without a policy has profile COMPATIBLE and TLS 1.0.

# METADATA
# title: Load balancers take TLS 1.2 or newer with strong ciphers
# custom:
#   id: gcp.network.tls-policy
#   severity: High
#   types: ["gcp:compute/targetHttpsProxy:TargetHttpsProxy", "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy", "gcp:compute/targetSSLProxy:TargetSSLProxy", "gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy"]
#   needs: [minTlsVersion, profile]
#   controls: [
#       cis-gcp-4.0/3.9, pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Give the proxy an sslPolicy with minTlsVersion TLS_1_2 and profile MODERN or RESTRICTED.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"gcp:compute/targetHttpsProxy:TargetHttpsProxy",
		"gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy",
		"gcp:compute/targetSSLProxy:TargetSSLProxy",
		"gcp:compute/sSLPolicy:SSLPolicy",
		"gcp:compute/regionSslPolicy:RegionSslPolicy",
	])
	mend := old_tls(resource)
	message := sprintf("%s takes TLS older than 1.2 or weak ciphers: %s", [resource.name, mend])
}

old_tls(proxy) := "give it an sslPolicy with minTlsVersion TLS_1_2" if {
	contains(proxy.type, "Proxy")
	property.unsaid(proxy, ["sslPolicy"])
}

old_tls(policy) := "set minTlsVersion to TLS_1_2 and profile to MODERN" if {
	endswith(lower(policy.type), "sslpolicy")
	lax(policy)
}

lax(policy) if property.one_of(policy, ["minTlsVersion"], "TLS_1_0", {"tls_1_0", "tls_1_1"})

lax(policy) if property.one_of(policy, ["profile"], "COMPATIBLE", {"compatible"})

# METADATA
# title: Load balancers log requests
# custom:
#   id: gcp.network.load-balancer-logging
#   severity: Low
#   types: ["gcp:compute/backendService:BackendService", "gcp:compute/regionBackendService:RegionBackendService"]
#   needs: [logConfig.enable]
#   controls: [
#       cis-gcp-4.0/2.16, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b)
#     ]
#   remediation: Set logConfig.enable to true.
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some service in property.resources([
		"gcp:compute/backendService:BackendService",
		"gcp:compute/regionBackendService:RegionBackendService",
	])
	property.off(service, ["logConfig", "enable"], false)
	message := sprintf("%s logs no requests: set logConfig.enable to true", [service.name])
}

# METADATA
# title: Public zones are signed
# custom:
#   id: gcp.network.dnssec
#   severity: Medium
#   types: ["gcp:dns/managedZone:ManagedZone"]
#   needs: [dnssecConfig.state]
#   controls: [
#       cis-gcp-4.0/3.3, pci-dss-4.0/2.2.1, nist-800-53-r5/SC-20, fedramp-moderate-r5/SC-20, nist-800-53-r5/SC-21,
#       fedramp-moderate-r5/SC-21, iso-27001-2022/A.8.21, soc-2/CC6.7
#     ]
#   remediation: Set dnssecConfig.state to on.
fails contains finding.of(rego.metadata.rule(), zone.urn, message) if {
	some zone in zones
	property.one_of(zone, ["dnssecConfig", "state"], "off", {"off", "transfer"})
	message := sprintf("%s can be forged: set dnssecConfig.state to on", [zone.name])
}

# METADATA
# title: Zones are not signed with SHA-1
# custom:
#   id: gcp.network.dnssec-algorithm
#   severity: Medium
#   types: ["gcp:dns/managedZone:ManagedZone"]
#   needs: [dnssecConfig.defaultKeySpecs]
#   controls: [
#       cis-gcp-4.0/3.4, cis-gcp-4.0/3.5, pci-dss-4.0/2.2.1, nist-800-53-r5/SC-13, fedramp-moderate-r5/SC-13,
#       nist-800-53-r5/SC-20, fedramp-moderate-r5/SC-20, iso-27001-2022/A.8.24
#     ]
#   remediation: Set the algorithm of dnssecConfig.defaultKeySpecs to ecdsap256sha256 or rsasha256.
fails contains finding.of(rego.metadata.rule(), zone.urn, message) if {
	some zone in zones
	some spec in property.list(zone, ["dnssecConfig", "defaultKeySpecs"])
	lower(spec.algorithm) == "rsasha1"
	message := sprintf("%s is signed with SHA-1: set the algorithm of its key specs to ecdsap256sha256", [zone.name])
}

zones := [zone |
	some zone in property.resources(["gcp:dns/managedZone:ManagedZone"])
	property.one_of(zone, ["visibility"], "public", {"public"})
]

# METADATA
# title: Name lookups of networks are logged
# custom:
#   id: gcp.network.dns-logging
#   severity: Low
#   types: ["gcp:dns/policy:Policy"]
#   needs: [enableLogging]
#   controls: [
#       cis-gcp-4.0/2.12, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, iso-27001-2022/A.8.16, soc-2/CC7.2
#     ]
#   remediation: Set enableLogging to true.
fails contains finding.of(rego.metadata.rule(), policy.urn, message) if {
	some policy in property.resources(["gcp:dns/policy:Policy"])
	property.off(policy, ["enableLogging"], false)
	message := sprintf("%s logs no lookups: set enableLogging to true", [policy.name])
}
