# METADATA
# description: Namespaces are closed until opened, and what is published is published on purpose.
package dharma.controls.kubernetes.network

import data.dharma.finding
import data.dharma.property
import data.dharma.subject
import data.dharma.workload

namespaces := [namespace |
	some namespace in subject.by_type["kubernetes:core/v1:Namespace"]
	not namespace_name(namespace) in workload.system_namespaces
]

namespace_name(namespace) := object.get(namespace.new, ["metadata", "name"], namespace.name)

# METADATA
# title: Namespaces deny traffic that no policy allows
# custom:
#   id: kubernetes.network.default-deny
#   severity: Medium
#   types: ["kubernetes:core/v1:Namespace"]
#   controls: [cis-kubernetes-1.12/5.3.2, pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.2, nist-800-53-r5/SC-7, nist-800-53-r5/SC-7(5), nist-800-53-r5/AC-4, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/SC-7(5), fedramp-moderate-r5/AC-4, iso-27001-2022/A.8.20, iso-27001-2022/A.8.22, soc-2/CC6.6]
#   remediation: Add a NetworkPolicy with an empty podSelector, policyTypes Ingress and no ingress rules.
fails contains finding.of(rego.metadata.rule(), namespace.urn, message) if {
	not input.object # a namespace is made before its policies
	some namespace in namespaces
	not closed(namespace)
	message := sprintf("%s lets every pod be reached by all: add a NetworkPolicy that denies by default", [namespace.name])
}

closed(namespace) if {
	some policy in subject.by_type["kubernetes:networking.k8s.io/v1:NetworkPolicy"]
	in_namespace(policy, namespace)
	everybody(object.get(policy.new, ["spec", "podSelector"], {}))
	object.get(policy.new, ["spec", "ingress"], []) == []
	object.get(policy.new, ["spec", "policyTypes"], ["Ingress"]) != ["Egress"]
}

in_namespace(policy, namespace) if workload.namespace_of(policy) in {namespace_name(namespace), subject.not_known}

in_namespace(policy, namespace) if {
	some property in ["metadata", "metadata.namespace"]
	namespace.urn in policy.references[property]
}

everybody(selector) if selector in {{}, null}

# An empty list of labels or expressions selects all, too.
everybody(selector) if {
	is_object(selector)
	every _, part in selector { count(part) == 0 }
}

# METADATA
# title: Network policies name whom they let in
# custom:
#   id: kubernetes.network.open-policy
#   severity: Medium
#   types: ["kubernetes:networking.k8s.io/v1:NetworkPolicy"]
#   controls: [cis-kubernetes-1.12/5.3.2, pci-dss-4.0/1.3.1, nist-800-53-r5/SC-7, nist-800-53-r5/AC-4, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/AC-4, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Name pods, namespaces or address ranges in from, or the ports that are public.
fails contains finding.of(rego.metadata.rule(), policy.urn, message) if {
	some policy in subject.by_type["kubernetes:networking.k8s.io/v1:NetworkPolicy"]
	some rule in policy.new.spec.ingress
	is_object(rule)
	property.field(rule, "ports", []) == []
	from_anywhere(property.field(rule, "from", []))
	message := sprintf("%s lets anybody reach every port: name them in from and ports", [policy.name])
}

from_anywhere([])

from_anywhere(peers) if {
	some peer in peers
	peer.ipBlock.cidr in {"0.0.0.0/0", "::/0"}
	count(property.field(peer.ipBlock, "except", [])) == 0
}

# METADATA
# title: Ingresses serve TLS
# custom:
#   id: kubernetes.network.ingress-tls
#   severity: High
#   types: ["kubernetes:networking.k8s.io/v1:Ingress"]
#   controls: [pci-dss-4.0/4.2.1, pci-dss-4.0/2.2.7, nist-800-53-r5/SC-8, nist-800-53-r5/SC-8(1), fedramp-moderate-r5/SC-8, fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, iso-27001-2022/A.8.20, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: List the hosts in spec.tls with the secret of their certificate.
fails contains finding.of(rego.metadata.rule(), ingress.urn, message) if {
	some ingress in subject.by_type["kubernetes:networking.k8s.io/v1:Ingress"]
	object.get(ingress.new, "spec", {}) != subject.not_known
	tls := object.get(ingress.new, ["spec", "tls"], [])
	tls != subject.not_known
	clear := clear_hosts(ingress, tls)
	count(clear) > 0
	message := sprintf("%s serves %s in clear text: list it in spec.tls", [ingress.name, concat(", ", sort(clear))])
}

clear_hosts(_, tls) := {"everything"} if tls in {[], null}

clear_hosts(ingress, tls) := {host |
	some rule in ingress.new.spec.rules
	host := rule.host
	subject.said(host)
	not served(host, tls)
} if {
	is_array(tls)
	count(tls) > 0
}

# An entry without hosts holds for all of the controller's.
served(_, tls) if {
	some entry in tls
	object.get(entry, "hosts", []) in {[], null, subject.not_known}
}

served(host, tls) if {
	some entry in tls
	some listed in entry.hosts
	listed in {host, wildcard_of(host), subject.not_known}
}

wildcard_of(host) := concat(".", array.concat(["*"], array.slice(parts, 1, count(parts)))) if parts := split(host, ".")

# METADATA
# title: Ingresses carry no configuration of the proxy itself
# custom:
#   id: kubernetes.network.ingress-snippet
#   severity: High
#   types: ["kubernetes:networking.k8s.io/v1:Ingress"]
#   controls: [nist-800-53-r5/CM-7, nist-800-53-r5/SI-10, fedramp-moderate-r5/CM-7, fedramp-moderate-r5/SI-10, iso-27001-2022/A.8.9, soc-2/CC6.8]
#   remediation: Remove the snippet annotations; by them an author of Ingresses reads the proxy's secrets (CVE-2021-25742).
fails contains finding.of(rego.metadata.rule(), ingress.urn, message) if {
	some ingress in subject.by_type["kubernetes:networking.k8s.io/v1:Ingress"]
	names := sort([name |
		some name, _ in ingress.new.metadata.annotations
		regex.match(`^nginx\.ingress\.kubernetes\.io/(.*-)?snippet$`, name)
	])
	count(names) > 0
	message := sprintf("%s configures the proxy itself by %s: remove it", [ingress.name, concat(", ", names)])
}

services := [service | some service in subject.by_type["kubernetes:core/v1:Service"]]

# METADATA
# title: Load balancers are internal or name who may reach them
# custom:
#   id: kubernetes.network.load-balancer
#   severity: High
#   types: ["kubernetes:core/v1:Service"]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.2, nist-800-53-r5/SC-7, nist-800-53-r5/AC-3, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/AC-3, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Set loadBalancerSourceRanges, or the cloud's annotation for an internal load balancer.
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some service in services
	service.new.spec.type == "LoadBalancer"
	not inside(service)
	not narrowed(object.get(service.new, ["spec", "loadBalancerSourceRanges"], []))
	message := sprintf("%s is published to the world: set loadBalancerSourceRanges or make it internal", [service.name])
}

narrowed(ranges) if ranges == subject.not_known

narrowed(ranges) if {
	count(ranges) > 0
	every range in ranges { not range in {"0.0.0.0/0", "::/0"} }
}

# By the annotations of the clouds' own controllers.
inside(service) if {
	some name, values in {
		"service.beta.kubernetes.io/aws-load-balancer-scheme": {"internal"},
		"service.beta.kubernetes.io/aws-load-balancer-internal": {"true", "0.0.0.0/0"},
		"service.beta.kubernetes.io/azure-load-balancer-internal": {"true"},
		"networking.gke.io/load-balancer-type": {"Internal"},
		"cloud.google.com/load-balancer-type": {"Internal"},
	}
	service.new.metadata.annotations[name] in values
}

# METADATA
# title: Services open no port on every node
# custom:
#   id: kubernetes.network.node-port
#   severity: Medium
#   types: ["kubernetes:core/v1:Service"]
#   controls: [pci-dss-4.0/1.2.5, nist-800-53-r5/SC-7, nist-800-53-r5/CM-7, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Use type ClusterIP behind an Ingress, a Gateway or a load balancer.
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some service in services
	service.new.spec.type == "NodePort"
	message := sprintf("%s opens a port on every node: use type ClusterIP behind an Ingress", [service.name])
}

# METADATA
# title: Services take no external addresses
# custom:
#   id: kubernetes.network.external-ip
#   severity: High
#   types: ["kubernetes:core/v1:Service"]
#   controls: [nist-800-53-r5/SC-7, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/SC-8, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Leave externalIPs out; by them a Service draws other people's traffic to itself (CVE-2020-8554).
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some service in services
	count(service.new.spec.externalIPs) > 0
	service.new.spec.externalIPs != subject.not_known
	message := sprintf("%s draws the traffic of external addresses: leave externalIPs out", [service.name])
}
