# METADATA
# description: |
#   The pods that workloads run, as rules see them - whichever kind carries the pod's specification, with the security
#   context that holds for each container. Rules judge whatever they are given: who reports a cluster leaves out Pods that a
#   controller owns, so that a finding is told once, at the owner.
package dharma.workload

import data.dharma.property
import data.dharma.subject

# METADATA
# description: Where each kind keeps the pod's specification; its metadata stand beside it.
paths := {
	"kubernetes:core/v1:Pod": [],
	"kubernetes:core/v1:ReplicationController": ["spec", "template"],
	"kubernetes:apps/v1:Deployment": ["spec", "template"],
	"kubernetes:apps/v1:StatefulSet": ["spec", "template"],
	"kubernetes:apps/v1:DaemonSet": ["spec", "template"],
	"kubernetes:apps/v1:ReplicaSet": ["spec", "template"],
	"kubernetes:batch/v1:Job": ["spec", "template"],
	"kubernetes:batch/v1:CronJob": ["spec", "jobTemplate", "spec", "template"],
}

# METADATA
# description: Kinds whose pods run until they are stopped, unlike those of jobs.
serving := {
	"kubernetes:core/v1:Pod",
	"kubernetes:core/v1:ReplicationController",
	"kubernetes:apps/v1:Deployment",
	"kubernetes:apps/v1:StatefulSet",
	"kubernetes:apps/v1:DaemonSet",
	"kubernetes:apps/v1:ReplicaSet",
}

# METADATA
# description: |
#   One for each workload whose pod is known: urn, name, type, namespace, manifest, labels and annotations of the pod, spec,
#   security (of the pod), windows, and its containers with `list` (the list each stands in) and `security` (what holds for
#   it). A security context that is known only after applying makes every setting of it `subject.not_known`.
pods := [pod |
	some type, path in paths
	some resource in subject.by_type[type]
	template := object.get(resource.new, path, null)
	spec := template.spec
	is_object(spec)
	security := settings(object.get(spec, "securityContext", {}))
	pod := {
		"urn": resource.urn,
		"name": resource.name,
		"type": type,
		"namespace": namespace_of(resource),
		"manifest": resource.new,
		"labels": property.mapping(object.get(template, ["metadata", "labels"], {})),
		"annotations": property.mapping(object.get(template, ["metadata", "annotations"], {})),
		"spec": spec,
		"security": security,
		"windows": object.get(spec, ["os", "name"], "") == "windows",
		"containers": containers_of(spec, security),
	}
]

# METADATA
# description: Pods for which Linux settings are meant; the API server refuses them for Windows.
linux_pods := [pod | some pod in pods; not pod.windows]

# METADATA
# description: The namespace an object is made in; `default` where it says none.
namespace_of(resource) := name if {
	name := resource.new.metadata.namespace
	not name in {null, ""}
} else := "default"

# METADATA
# description: Namespaces of the cluster itself, whose objects are its maker's.
system_namespaces := {"kube-system", "kube-public", "kube-node-lease"}

# METADATA
# description: Names of containers as a text, e.g. "web, proxy".
text_of(names) := concat(", ", names)

# METADATA
# description: Settings of the pod that hold for each container which says nothing else (Container.securityContext in core/v1).
inherited := {
	"appArmorProfile", "runAsGroup", "runAsNonRoot", "runAsUser",
	"seLinuxOptions", "seccompProfile", "windowsOptions",
}

own := {"allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"}

containers_of(spec, pod_security) := [container |
	some list in ["containers", "initContainers", "ephemeralContainers"]
	listed := object.get(spec, list, [])
	is_array(listed)
	some given in listed
	is_object(given)
	container := {
		"name": container_name(given),
		"list": list,
		"spec": given,
		"security": object.union(
			object.filter(pod_security, inherited),
			settings(object.get(given, "securityContext", {})),
		),
	}
]

container_name(container) := container.name if {
	is_string(container.name)
} else := "(unnamed)"

settings(context) := {name: value | some name, value in context; value != null} if is_object(context)

settings(context) := {name: subject.not_known | some name in (inherited | own)} if context == subject.not_known

settings(context) := {} if {
	not is_object(context)
	context != subject.not_known
}
