# METADATA
# description: What containers run is one certain image from a place that is trusted.
package dharma.controls.kubernetes.image

import data.dharma.finding
import data.dharma.subject
import data.dharma.workload

# The images of a pod by container, as far as they are known.
images(pod) := [{"container": container.name, "text": text} |
	some container in pod.containers
	text := container.spec.image
	is_string(text)
	subject.said(text)
	not contains(text, subject.not_known)
]

# METADATA
# title: Images carry a version
# custom:
#   id: kubernetes.image.version
#   severity: Medium
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [nist-800-53-r5/CM-2, nist-800-53-r5/CM-8, fedramp-moderate-r5/CM-2, fedramp-moderate-r5/CM-8, iso-27001-2022/A.8.9, iso-27001-2022/A.8.19, soc-2/CC8.1]
#   remediation: Name a version's tag or a digest; without a tag it is latest.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	loose := [image.text | some image in images(pod); latest(image.text)]
	count(loose) > 0
	message := sprintf("%s runs whatever is newest of %s: name a version", [pod.name, workload.text_of(loose)])
}

latest(image) if {
	not contains(image, "@")
	tag_of(image) in {"", "latest"}
}

# The tag stands behind a colon in the last part; a colon before that is the registry's port.
tag_of(image) := tag if {
	parts := split(image, "/")
	[_, tag] := split(parts[count(parts) - 1], ":")
} else := ""

# METADATA
# title: Images are pinned by digest
# custom:
#   id: kubernetes.image.digest
#   severity: Low
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.5.1, nist-800-53-r5/SI-7, nist-800-53-r5/CM-2, fedramp-moderate-r5/SI-7, fedramp-moderate-r5/CM-2, iso-27001-2022/A.8.19, soc-2/CC6.8, soc-2/CC8.1]
#   remediation: Add @sha256 and the digest to the image; a tag can be moved to another one.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	some pod in workload.pods
	loose := [image.text | some image in images(pod); not contains(image.text, "@sha256:")]
	count(loose) > 0
	message := sprintf("%s runs %s, whose tag may move: add @sha256 and the digest", [pod.name, workload.text_of(loose)])
}

# METADATA
# title: Images come from the registries that the administrator trusts
# custom:
#   id: kubernetes.image.registry
#   severity: High
#   types: ["kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
#     "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"]
#   controls: [cis-kubernetes-1.12/5.5.1, nist-800-53-r5/CM-7(5), nist-800-53-r5/SR-3, fedramp-moderate-r5/CM-7(5), fedramp-moderate-r5/SR-3, iso-27001-2022/A.8.19, iso-27001-2022/A.5.21, soc-2/CC6.8]
#   remediation: Copy the image to a registry of settings.kubernetes.registries, or have its registry added there.
fails contains finding.of(rego.metadata.rule(), pod.urn, message) if {
	trusted := input.settings.kubernetes.registries
	some pod in workload.pods
	strange := [image.text | some image in images(pod); not from(image.text, trusted)]
	count(strange) > 0
	message := sprintf("%s runs %s from elsewhere than %s", [pod.name, workload.text_of(strange), concat(", ", trusted)])
}

from(image, trusted) if {
	some place in trusted
	startswith(full_name(image), sprintf("%s/", [trim_right(place, "/")]))
}

# The registry is docker.io where the first part is no host name.
full_name(image) := image if names_host(image)

full_name(image) := sprintf("docker.io/%s", [image]) if {
	not names_host(image)
	contains(image, "/")
}

full_name(image) := sprintf("docker.io/library/%s", [image]) if not contains(image, "/")

names_host(image) if {
	contains(image, "/")
	host := split(image, "/")[0]
	regex.match(`[.:]|^localhost$`, host)
}
