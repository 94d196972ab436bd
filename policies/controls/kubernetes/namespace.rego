# METADATA
# description: Namespaces set bounds for what is made in them.
package dharma.controls.kubernetes.namespace

import data.dharma.finding
import data.dharma.property
import data.dharma.subject
import data.dharma.workload

# Those of the cluster itself run pods that need more.
# METADATA
# title: Namespaces enforce a Pod Security Standard
# custom:
#   id: kubernetes.namespace.pod-security
#   severity: Medium
#   types: ["kubernetes:core/v1:Namespace"]
#   controls: [cis-kubernetes-1.12/5.2.1, pci-dss-4.0/2.2.1, nist-800-53-r5/CM-6, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-6, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.9, soc-2/CC6.8]
#   remediation: Label the namespace pod-security.kubernetes.io/enforce with baseline or restricted.
fails contains finding.of(rego.metadata.rule(), namespace.urn, message) if {
	some namespace in subject.by_type["kubernetes:core/v1:Namespace"]
	not object.get(namespace.new, ["metadata", "name"], namespace.name) in workload.system_namespaces
	labels := object.get(namespace.new, ["metadata", "labels"], {})
	labels != subject.not_known
	not object.get(property.mapping(labels), "pod-security.kubernetes.io/enforce", "privileged") in {
		"baseline", "restricted", subject.not_known,
	}
	message := sprintf("%s admits any pod: label it pod-security.kubernetes.io/enforce with baseline or restricted", [namespace.name])
}
