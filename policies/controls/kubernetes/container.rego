# METADATA
# description: Containers run with the least rights on their node.
package dharma.controls.kubernetes.container

import data.dharma.finding
import data.dharma.subject
import data.dharma.workload

# METADATA
# title: Containers are not privileged
# custom:
#   id: kubernetes.container.privileged
#   severity: Critical
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.2, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/CM-7, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.2, soc-2/CC6.1, soc-2/CC6.3, hipaa/164.312(a)(1)]
#   remediation: Leave securityContext.privileged out; add the one capability that is needed instead.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name | some container in pod.containers; container.security.privileged == true]
	count(names) > 0
	message := sprintf("%s runs privileged: %s; leave securityContext.privileged out", [pod.name, workload.text_of(names)])
}

# METADATA
# title: Windows containers are not processes of the host
# custom:
#   id: kubernetes.container.host-process
#   severity: Critical
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.10, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.1]
#   remediation: Leave windowsOptions.hostProcess out.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name | some container in pod.containers; container.security.windowsOptions.hostProcess == true]
	count(names) > 0
	message := sprintf(
		"%s runs as processes of the host: %s; leave windowsOptions.hostProcess out",
		[pod.name, workload.text_of(names)],
	)
}

# METADATA
# title: Containers can't gain privileges
# custom:
#   id: kubernetes.container.privilege-escalation
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.6, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/AC-6(10), fedramp-moderate-r5/AC-6, fedramp-moderate-r5/AC-6(10), iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set securityContext.allowPrivilegeEscalation to false on each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name |
		some container in pod.containers
		not object.get(container.security, "allowPrivilegeEscalation", true) in {false, subject.not_known}
	]
	count(names) > 0
	message := sprintf(
		"%s can gain privileges in: %s; set securityContext.allowPrivilegeEscalation to false",
		[pod.name, workload.text_of(names)],
	)
}

# METADATA
# title: Containers don't run as root
# custom:
#   id: kubernetes.container.root
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.7, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/AC-6(2), fedramp-moderate-r5/AC-6, fedramp-moderate-r5/AC-6(2), iso-27001-2022/A.8.2, soc-2/CC6.1, soc-2/CC6.3]
#   remediation: Set runAsNonRoot to true, or runAsUser to a number above 0, on the pod or each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; may_be_root(container.security)]
	count(names) > 0
	message := sprintf("%s may run as root: %s; set securityContext.runAsNonRoot to true", [pod.name, workload.text_of(names)])
}

# The image decides where nothing is said, and most images say root.
may_be_root(security) if security.runAsUser == 0

may_be_root(security) if {
	not security.runAsUser
	not object.get(security, "runAsNonRoot", false) in {true, subject.not_known}
}

# METADATA
# title: Containers can't forge network packets
# custom:
#   id: kubernetes.container.net-raw
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.8, nist-800-53-r5/AC-6, nist-800-53-r5/CM-7, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/CM-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Drop ALL, or NET_RAW, in securityContext.capabilities of each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; forges_packets(container.security)]
	count(names) > 0
	message := sprintf("%s keeps NET_RAW in: %s; drop ALL capabilities", [pod.name, workload.text_of(names)])
}

# Container runtimes give NET_RAW where it isn't dropped.
forges_packets(security) if {
	not some_unknown(security, "drop")
	count(capabilities(security, "drop") & {"ALL", "NET_RAW"}) == 0
}

forges_packets(security) if count(capabilities(security, "add") & {"ALL", "NET_RAW"}) > 0

capabilities(security, list) := {trim_prefix(upper(name), "CAP_") |
	some name in security.capabilities[list]
	is_string(name)
}

some_unknown(security, _) if security.capabilities == subject.not_known

some_unknown(security, list) if security.capabilities[list] == subject.not_known

some_unknown(security, list) if subject.not_known in security.capabilities[list]

# METADATA
# title: Containers get no capability beyond the runtime's usual ones
# custom:
#   id: kubernetes.container.capabilities
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.9, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/CM-7, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Remove the capability from securityContext.capabilities.add.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	added := {name |
		some container in pod.containers
		some name in capabilities(container.security, "add")
		not name in usual_capabilities
		name != upper(subject.not_known)
	}
	count(added) > 0
	message := sprintf("%s adds the capabilities %s: remove them", [pod.name, workload.text_of(sort(added))])
}

# Pod Security Standards, baseline profile.
usual_capabilities := {
	"AUDIT_WRITE",
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_CHROOT",
}

# METADATA
# title: Containers drop all capabilities
# custom:
#   id: kubernetes.container.drop-all
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/AC-6, nist-800-53-r5/CM-7, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.2]
#   remediation: Drop ALL in securityContext.capabilities of each container and add back what it needs.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name |
		some container in pod.containers
		not some_unknown(container.security, "drop")
		not "ALL" in capabilities(container.security, "drop")
	]
	count(names) > 0
	message := sprintf("%s keeps capabilities in: %s; drop ALL", [pod.name, workload.text_of(names)])
}

# METADATA
# title: Containers open no port of the node
# custom:
#   id: kubernetes.container.host-port
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.2.12, pci-dss-4.0/1.2.5, nist-800-53-r5/SC-7, nist-800-53-r5/CM-7, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Leave hostPort out and publish the port by a Service.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	ports := [format_int(port.hostPort, 10) |
		some container in pod.containers
		some port in container.spec.ports
		is_number(port.hostPort)
		port.hostPort > 0
	]
	count(ports) > 0
	message := sprintf("%s opens port %s of its node: leave hostPort out", [pod.name, workload.text_of(ports)])
}

# METADATA
# title: Containers run under a seccomp profile
# custom:
#   id: kubernetes.container.seccomp
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.2, nist-800-53-r5/CM-7, nist-800-53-r5/SC-39, fedramp-moderate-r5/CM-7, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.9, soc-2/CC6.8]
#   remediation: Set seccompProfile.type to RuntimeDefault on the pod.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; not confined(container.security)]
	count(names) > 0
	message := sprintf(
		"%s calls the kernel unfiltered in: %s; set securityContext.seccompProfile.type to RuntimeDefault",
		[pod.name, workload.text_of(names)],
	)
}

# Unconfined is the default of the kubelet (KubeletConfiguration.seccompDefault).
confined(security) if security.seccompProfile == subject.not_known

confined(security) if security.seccompProfile.type in {"RuntimeDefault", "Localhost", subject.not_known}

# METADATA
# title: Containers don't leave AppArmor
# custom:
#   id: kubernetes.container.apparmor
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.9]
#   remediation: Leave appArmorProfile out or set its type to RuntimeDefault.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; leaves_apparmor(pod, container)]
	count(names) > 0
	message := sprintf("%s runs outside AppArmor: %s; set appArmorProfile to RuntimeDefault", [pod.name, workload.text_of(names)])
}

leaves_apparmor(_, container) if container.security.appArmorProfile.type == "Unconfined"

# Before Kubernetes 1.30 an annotation said it.
leaves_apparmor(pod, container) if {
	pod.annotations[sprintf("container.apparmor.security.beta.kubernetes.io/%s", [container.name])] == "unconfined"
}

# METADATA
# title: Containers keep the runtime's SELinux type
# custom:
#   id: kubernetes.container.selinux
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.9]
#   remediation: Leave user and role of seLinuxOptions out, and keep to the types of containers.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; changes_selinux(container.security.seLinuxOptions)]
	count(names) > 0
	message := sprintf("%s changes its SELinux context in: %s; leave it to the runtime", [pod.name, workload.text_of(names)])
}

# Pod Security Standards, baseline profile.
changes_selinux(options) if {
	type := options.type
	subject.said(type)
	not type in {"container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
}

changes_selinux(options) if {
	some name in ["user", "role"]
	subject.said(options[name])
}

# METADATA
# title: Containers can't write to their root file system
# custom:
#   id: kubernetes.container.read-only-root
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/CM-5, nist-800-53-r5/SI-7, fedramp-moderate-r5/CM-5, fedramp-moderate-r5/SI-7, iso-27001-2022/A.8.9, soc-2/CC6.8]
#   remediation: Set readOnlyRootFilesystem to true and mount an emptyDir where the program writes.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name |
		some container in pod.containers
		container.list != "ephemeralContainers"
		not object.get(container.security, "readOnlyRootFilesystem", false) in {true, subject.not_known}
	]
	count(names) > 0
	message := sprintf(
		"%s can change its own programs in: %s; set securityContext.readOnlyRootFilesystem to true",
		[pod.name, workload.text_of(names)],
	)
}

# METADATA
# title: Containers see the usual, masked /proc
# custom:
#   id: kubernetes.container.proc-mount
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.6.3, nist-800-53-r5/AC-6, nist-800-53-r5/SC-39, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/SC-39, iso-27001-2022/A.8.9]
#   remediation: Leave securityContext.procMount out.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.linux_pods
	names := [container.name | some container in pod.containers; container.security.procMount == "Unmasked"]
	count(names) > 0
	message := sprintf("%s sees the kernel's whole /proc in: %s; leave procMount out", [pod.name, workload.text_of(names)])
}
