# METADATA
# description: Pods keep to themselves - they share nothing with their node and carry no identity they don't need.
package dharma.controls.kubernetes.pod

import data.dharma.finding
import data.dharma.subject
import data.dharma.workload

# METADATA
# title: Pods don't share the node's process ids
# custom:
#   id: kubernetes.pod.host-pid
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.3, pci-dss-4.0/1.4.5, nist-800-53-r5/SC-39, nist-800-53-r5/AC-6, fedramp-moderate-r5/SC-39, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.9, soc-2/CC6.1]
#   remediation: Leave hostPID out of the pod's spec.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	pod.spec.hostPID == true
	message := sprintf("%s sees and can trace the node's processes: leave hostPID out", [pod.name])
}

# METADATA
# title: Pods don't share the node's inter-process communication
# custom:
#   id: kubernetes.pod.host-ipc
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.4, nist-800-53-r5/SC-39, nist-800-53-r5/SC-4, fedramp-moderate-r5/SC-39, fedramp-moderate-r5/SC-4, iso-27001-2022/A.8.9, soc-2/CC6.1]
#   remediation: Leave hostIPC out of the pod's spec.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	pod.spec.hostIPC == true
	message := sprintf("%s shares memory with the node's processes: leave hostIPC out", [pod.name])
}

# METADATA
# title: Pods don't use the node's network
# custom:
#   id: kubernetes.pod.host-network
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.5, pci-dss-4.0/1.2.8, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, iso-27001-2022/A.8.22, soc-2/CC6.6]
#   remediation: Leave hostNetwork out and publish ports by a Service.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	pod.spec.hostNetwork == true
	message := sprintf("%s is on the node's network, past every NetworkPolicy: leave hostNetwork out", [pod.name])
}

# METADATA
# title: Containers of a pod don't see each other's processes
# custom:
#   id: kubernetes.pod.shared-processes
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [nist-800-53-r5/SC-39, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.9]
#   remediation: Leave shareProcessNamespace out of the pod's spec.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	pod.spec.shareProcessNamespace == true
	message := sprintf("the containers of %s see each other's processes: leave shareProcessNamespace out", [pod.name])
}

# METADATA
# title: Pods mount nothing of the node's file system
# custom:
#   id: kubernetes.pod.host-path
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.11, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.3, soc-2/CC6.1]
#   remediation: Use an emptyDir, a persistentVolumeClaim or a projected volume.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [sprintf("%s (%s)", [object.get(volume, "name", "?"), object.get(volume, ["hostPath", "path"], "?")]) |
		some volume in pod.spec.volumes
		is_object(volume.hostPath)
	]
	count(names) > 0
	message := sprintf("%s mounts from its node: %s; use another kind of volume", [pod.name, workload.text_of(names)])
}

# METADATA
# title: Pods don't reach the container runtime's socket
# custom:
#   id: kubernetes.pod.runtime-socket
#   severity: Critical
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.11, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.2, soc-2/CC6.1]
#   remediation: Remove the volume; build images with a builder that needs no daemon.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	sockets := [volume.hostPath.path | some volume in pod.spec.volumes; reaches_runtime(volume.hostPath.path)]
	count(sockets) > 0
	message := sprintf("%s rules its node by way of %s: remove the volume", [pod.name, workload.text_of(sockets)])
}

reaches_runtime(path) if {
	some name in ["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock"]
	endswith(path, name)
}

reaches_runtime(path) if trim_right(path, "/") in {
	"", "/run", "/var", "/var/run", "/run/containerd", "/var/run/containerd",
	"/run/k3s/containerd", "/run/crio", "/var/run/crio",
}

# METADATA
# title: Pods set only kernel parameters that stay inside them
# custom:
#   id: kubernetes.pod.sysctls
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/CM-6, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-6, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.9, soc-2/CC6.8]
#   remediation: Keep to the sysctls that the Pod Security Standards call safe.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [name |
		some sysctl in pod.security.sysctls
		name := sysctl.name
		name != subject.not_known
		not name in safe_sysctls
	]
	count(names) > 0
	message := sprintf("%s sets %s, which can reach other pods: remove it", [pod.name, workload.text_of(names)])
}

# Pod Security Standards, baseline profile.
safe_sysctls := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_syncookies",
}

# METADATA
# title: Pods get an API token only where they need one
# custom:
#   id: kubernetes.pod.service-account-token
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.1.6, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set automountServiceAccountToken to false, on the pod or its ServiceAccount; except pods that call the API.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	mounts_token(pod)
	message := sprintf("%s gets a token of the API server: set automountServiceAccountToken to false", [pod.name])
}

# What the pod says goes before what its ServiceAccount says; the default of both is true.
mounts_token(pod) if pod.spec.automountServiceAccountToken == true

mounts_token(pod) if {
	object.get(pod.spec, "automountServiceAccountToken", null) == null
	not refused_by_account(pod)
}

refused_by_account(pod) if {
	some account in subject.by_type["kubernetes:core/v1:ServiceAccount"]
	account.new.automountServiceAccountToken in {false, subject.not_known}
	workload.namespace_of(account) == pod.namespace
	object.get(account.new, ["metadata", "name"], account.name) == account_of(pod)
}

# Also where the account's name is an output of the account itself.
refused_by_account(pod) if account_of(pod) == subject.not_known

# The deprecated field only where the other is not set: both may be there, and differ.
account_of(pod) := names[0] if {
	names := [name |
		some property in ["serviceAccountName", "serviceAccount"]
		name := pod.spec[property]
		not name in {null, ""}
	]
	count(names) > 0
} else := "default"

# METADATA
# title: Pods run as a service account of their own
# custom:
#   id: kubernetes.pod.default-service-account
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.1.5, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/IA-2, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.15, iso-27001-2022/A.5.16, soc-2/CC6.3]
#   remediation: Make a ServiceAccount for the workload and name it in serviceAccountName.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	account_of(pod) == "default"
	not pod.spec.automountServiceAccountToken == false
	message := sprintf("%s runs as the namespace's default account: name one of its own in serviceAccountName", [pod.name])
}

# METADATA
# title: Workloads are not in the default namespace
# custom:
#   id: kubernetes.pod.default-namespace
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.4, cis-kubernetes-1.12/5.6.1, nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.22, soc-2/CC6.1]
#   remediation: Make a namespace for the workload and set metadata.namespace.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	pod.namespace == "default"
	message := sprintf("%s is in the default namespace: set metadata.namespace to one of its own", [pod.name])
}

# METADATA
# title: Persistent volumes are not paths of a node
# custom:
#   id: kubernetes.pod.host-volume
#   severity: High
#   types: ["kubernetes:core/v1:PersistentVolume"]
#   controls: [cis-kubernetes-1.12/5.2.11, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.3, soc-2/CC6.1]
#   remediation: Use the driver of a storage system.
fails contains finding.of(rego.metadata.rule(), volume.urn, message) if {
	some volume in subject.by_type["kubernetes:core/v1:PersistentVolume"]
	is_object(volume.new.spec.hostPath)
	message := sprintf("%s is a path of a node: use the driver of a storage system", [volume.name])
}
