# METADATA
# description: Secrets are where only those who need them see them.
package dharma.controls.kubernetes.secret

import data.dharma.finding
import data.dharma.subject
import data.dharma.workload

# METADATA
# title: Containers read secrets from files
# custom:
#   id: kubernetes.secret.environment
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.4.1, pci-dss-4.0/8.6.2, nist-800-53-r5/IA-5, fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.17, iso-27001-2022/A.8.24, soc-2/CC6.1]
#   remediation: Mount the secret as a volume; a variable ends up in dumps, logs and child processes.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name | some container in pod.containers; reads_from_environment(container.spec)]
	count(names) > 0
	message := sprintf("%s gets secrets as variables in: %s; mount them as files", [pod.name, workload.text_of(names)])
}

reads_from_environment(container) if {
	some variable in container.env
	variable.valueFrom.secretKeyRef
}

reads_from_environment(container) if {
	some source in container.envFrom
	source.secretRef
}

# METADATA
# title: Workloads hold no secret in clear text
# custom:
#   id: kubernetes.secret.literal
#   severity: Critical
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [pci-dss-4.0/8.6.2, nist-800-53-r5/IA-5, nist-800-53-r5/IA-5(7), fedramp-moderate-r5/IA-5, fedramp-moderate-r5/IA-5(7), iso-27001-2022/A.5.17, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Move the value to a Secret, or to a secret store, and change it.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [variable.name |
		some container in pod.containers
		some variable in container.spec.env
		telling(variable.name)
		plain(variable.value)
	]
	count(names) > 0
	message := sprintf("%s holds %s in clear text: move it to a Secret and change it", [pod.name, workload.text_of(names)])
}

# Names of what is secret; names of where it is kept (PASSWORD_FILE, TOKEN_URL) are not.
telling(name) if {
	regex.match(`(?i)(password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)$`, name)
}

# A reference to another variable, a placeholder of a template or a path is no secret.
plain(value) if {
	is_string(value)
	subject.said(value)
	not regex.match(`^(\$|/|true$|false$|[0-9]{1,5}$)`, value)
}

# METADATA
# title: ConfigMaps hold no secrets
# custom:
#   id: kubernetes.secret.config-map
#   severity: High
#   types: ["kubernetes:core/v1:ConfigMap"]
#   controls: [pci-dss-4.0/8.6.2, nist-800-53-r5/IA-5, nist-800-53-r5/SC-28, fedramp-moderate-r5/IA-5, fedramp-moderate-r5/SC-28, iso-27001-2022/A.5.17, iso-27001-2022/A.8.24, soc-2/CC6.1, gdpr/32]
#   remediation: Move the value to a Secret and change it.
fails contains finding.of(rego.metadata.rule(), map.urn, message) if {
	some map in subject.by_type["kubernetes:core/v1:ConfigMap"]
	keys := sort([key | some key, value in map.new.data; secret(key, value)])
	count(keys) > 0
	message := sprintf("%s holds secrets in clear text: %s; move them to a Secret and change them", [map.name, concat(", ", keys)])
}

secret(key, value) if {
	telling(key)
	plain(value)
}

secret(_, value) if contains(value, "PRIVATE KEY-----")

# METADATA
# title: Service accounts have no tokens that never expire
# custom:
#   id: kubernetes.secret.long-lived-token
#   severity: High
#   types: ["kubernetes:core/v1:Secret"]
#   controls: [pci-dss-4.0/8.6.3, nist-800-53-r5/IA-5, nist-800-53-r5/AC-2, fedramp-moderate-r5/IA-5, fedramp-moderate-r5/AC-2, iso-27001-2022/A.5.17, soc-2/CC6.1]
#   remediation: Use the tokens that pods get, or TokenRequest, which expire.
fails contains finding.of(rego.metadata.rule(), given.urn, message) if {
	some given in subject.by_type["kubernetes:core/v1:Secret"]
	given.new.type == "kubernetes.io/service-account-token"
	message := sprintf("%s is a token that never expires: use TokenRequest", [given.name])
}
