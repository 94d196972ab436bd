# METADATA
# description: Workloads take a known share of their node, tell how they are, and survive the loss of one.
package dharma.controls.kubernetes.availability

import data.dharma.finding
import data.dharma.subject
import data.dharma.workload

# METADATA
# title: Containers say how much CPU and memory they need
# custom:
#   id: kubernetes.availability.requests
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [nist-800-53-r5/SC-5, nist-800-53-r5/AU-4, fedramp-moderate-r5/SC-5, fedramp-moderate-r5/AU-4, iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Set resources.requests.cpu and .memory on each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name |
		some container in sized(pod)
		some resource in ["cpu", "memory"]
		not has(pod, container, ["requests", "limits"], resource) # a limit is the request where that is not said
	]
	count(names) > 0
	message := sprintf("%s reserves no CPU or memory for: %s; set resources.requests", [
		pod.name,
		workload.text_of(sort({name | some name in names})),
	])
}

# METADATA
# title: Containers have a limit of memory
# custom:
#   id: kubernetes.availability.memory-limit
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [nist-800-53-r5/SC-5, fedramp-moderate-r5/SC-5, iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Set resources.limits.memory on each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name | some container in sized(pod); not has(pod, container, ["limits"], "memory")]
	count(names) > 0
	message := sprintf("%s can take its node's memory by: %s; set resources.limits.memory", [pod.name, workload.text_of(names)])
}

# METADATA
# title: Containers have a limit of CPU
# custom:
#   id: kubernetes.availability.cpu-limit
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [nist-800-53-r5/SC-5, fedramp-moderate-r5/SC-5, iso-27001-2022/A.8.6, soc-2/A1.1]
#   remediation: Set resources.limits.cpu on each container, or except those that may use what is idle.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := [container.name | some container in sized(pod); not has(pod, container, ["limits"], "cpu")]
	count(names) > 0
	message := sprintf("%s can take its node's CPU by: %s; set resources.limits.cpu", [pod.name, workload.text_of(names)])
}

# Ephemeral containers can't have resources.
sized(pod) := [container | some container in pod.containers; container.list != "ephemeralContainers"]

# Said on the container or, since Kubernetes 1.34, for the pod as a whole. What is known only after applying is said.
has(pod, container, lists, resource) if {
	some spec in [container.spec, pod.spec]
	said_in(object.get(spec, "resources", {}), lists, resource)
}

said_in(resources, _, _) if resources == subject.not_known

said_in(resources, lists, _) if {
	some list in lists
	resources[list] == subject.not_known
}

said_in(resources, lists, resource) if {
	some list in lists
	not object.get(resources, [list, resource], null) in {null, "", 0, "0"}
}

# METADATA
# title: Containers tell when they hang
# custom:
#   id: kubernetes.availability.liveness
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet"]
#   controls: [nist-800-53-r5/SI-13, nist-800-53-r5/CP-10, fedramp-moderate-r5/CP-10, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Set a livenessProbe on each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := without_probe(pod, "livenessProbe")
	count(names) > 0
	message := sprintf("%s is not restarted when it hangs: %s; set livenessProbe", [pod.name, workload.text_of(names)])
}

# METADATA
# title: Containers tell when they can serve
# custom:
#   id: kubernetes.availability.readiness
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet"]
#   controls: [nist-800-53-r5/SI-13, nist-800-53-r5/CP-10, fedramp-moderate-r5/CP-10, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Set a readinessProbe on each container.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	names := without_probe(pod, "readinessProbe")
	count(names) > 0
	message := sprintf("%s gets requests before it can serve: %s; set readinessProbe", [pod.name, workload.text_of(names)])
}

without_probe(pod, probe) := [container.name |
	pod.type in workload.serving
	some container in pod.containers
	container.list == "containers"
	object.get(container.spec, probe, null) in {null, {}}
]

scaled_types := {"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"}

scaled := [pod | some pod in workload.pods; pod.type in scaled_types]

# METADATA
# title: Deployments run more than one pod
# custom:
#   id: kubernetes.availability.replicas
#   severity: Low
#   types: ["kubernetes:apps/v1:Deployment"]
#   controls: [nist-800-53-r5/CP-10, nist-800-53-r5/SC-5, fedramp-moderate-r5/CP-10, fedramp-moderate-r5/SC-5, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Set replicas to 2 or more, or leave it to a HorizontalPodAutoscaler.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in scaled
	pod.type == "kubernetes:apps/v1:Deployment"
	object.get(pod.manifest, ["spec", "replicas"], 1) == 1
	not autoscaled(pod)
	message := sprintf("%s is one pod, gone with its node: set replicas to 2 or more", [pod.name])
}

autoscaled(pod) if {
	some type in ["kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "kubernetes:autoscaling/v1:HorizontalPodAutoscaler"]
	some scaler in subject.by_type[type]
	workload.namespace_of(scaler) == pod.namespace
	scaler.new.spec.scaleTargetRef.name in {name_of(pod), subject.not_known}
	object.get(scaler.new, ["spec", "minReplicas"], 1) != 1
}

name_of(pod) := object.get(pod.manifest, ["metadata", "name"], pod.name)

# METADATA
# title: Workloads of several pods keep some while nodes are drained
# custom:
#   id: kubernetes.availability.disruption-budget
#   severity: Low
#   types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"]
#   controls: [nist-800-53-r5/CP-10, fedramp-moderate-r5/CP-10, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Add a PodDisruptionBudget that selects the pods.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	not input.object # one object alone does not show what stands beside it
	some pod in scaled
	replicas := object.get(pod.manifest, ["spec", "replicas"], 1)
	is_number(replicas)
	replicas > 1
	not budgeted(pod)
	message := sprintf("all pods of %s may be evicted at once: add a PodDisruptionBudget that selects them", [pod.name])
}

budgeted(pod) if {
	some budget in subject.by_type["kubernetes:policy/v1:PodDisruptionBudget"]
	workload.namespace_of(budget) == pod.namespace
	selects(object.get(budget.new, ["spec", "selector"], {}), pod)
}

selects(selector, _) if selector == subject.not_known

# Expressions are taken to match: a budget that is there is not missing.
selects(selector, pod) if {
	is_object(selector)
	every name, value in object.get(selector, "matchLabels", {}) {
		object.get(pod.labels, name, null) in {value, subject.not_known}
	}
}

# METADATA
# title: Disruption budgets let nodes be drained
# custom:
#   id: kubernetes.availability.budget-blocks
#   severity: Low
#   types: ["kubernetes:policy/v1:PodDisruptionBudget"]
#   controls: [nist-800-53-r5/SI-2, nist-800-53-r5/CP-10, fedramp-moderate-r5/SI-2, fedramp-moderate-r5/CP-10, iso-27001-2022/A.8.14, soc-2/A1.2]
#   remediation: Let at least one pod go - maxUnavailable 1, or minAvailable below 100%.
fails contains finding.of(rego.metadata.rule(), budget.urn, message) if {
	some budget in subject.by_type["kubernetes:policy/v1:PodDisruptionBudget"]
	some property, value in {"maxUnavailable": {0, "0", "0%"}, "minAvailable": {"100%"}}
	budget.new.spec[property] in value
	message := sprintf("%s lets no pod go, so nodes are not drained or patched: change %s", [budget.name, property])
}
