# METADATA
# description: Roles grant little, and bindings grant it to somebody in particular.
package dharma.controls.kubernetes.rbac

import data.dharma.finding
import data.dharma.property
import data.dharma.subject
import data.dharma.workload

roles := [role |
	some type in ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
	some role in subject.by_type[type]
]

bindings := [binding |
	some type in [
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
		"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
	]
	some binding in subject.by_type[type]
]

# True where a role grants one of the verbs on one of the resources of a group, to whatever name. A wildcard grants all.
grants(role, group, resources, verbs) if {
	some rule in role.new.rules
	covers(rule.apiGroups, {group, "*"})
	covers(rule.resources, resources | {"*"})
	covers(rule.verbs, verbs | {"*"})
	count(property.field(rule, "resourceNames", [])) == 0
}

covers(given, wanted) if {
	some value in given
	value in wanted
}

# METADATA
# title: Nobody is bound to cluster-admin
# custom:
#   id: kubernetes.rbac.cluster-admin
#   severity: Critical
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"]
#   controls: [cis-kubernetes-1.12/5.1.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/AC-6(5), fedramp-moderate-r5/AC-6, fedramp-moderate-r5/AC-6(5), iso-27001-2022/A.5.2, iso-27001-2022/A.8.2, soc-2/CC6.3, hipaa/164.312(a)(1)]
#   remediation: Bind a role that grants what the subject does.
fails contains finding.of(rego.metadata.rule(), binding.urn, message) if {
	some binding in bindings
	binding.new.roleRef.name == "cluster-admin"
	not built_in(binding)
	message := sprintf("%s makes %s administrator of everything: bind a narrower role", [binding.name, subjects_text(binding)])
}

# The API server itself makes this one.
built_in(binding) if {
	binding.new.metadata.name == "cluster-admin"
	[given | some given in binding.new.subjects; given.name != "system:masters"] == []
}

subjects_text(binding) := concat(", ", [property.field(given, "name", "?") | some given in binding.new.subjects])

# METADATA
# title: Nobody is bound to the group that no rule restrains
# custom:
#   id: kubernetes.rbac.masters
#   severity: Critical
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"]
#   controls: [cis-kubernetes-1.12/5.1.7, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Bind a group of your own; members of system:masters pass every check and can't be revoked.
fails contains finding.of(rego.metadata.rule(), binding.urn, message) if {
	some binding in bindings
	not built_in(binding)
	"system:masters" in subject_names(binding)
	message := sprintf("%s builds on system:masters: bind a group of your own", [binding.name])
}

subject_names(binding) := {given.name | some given in binding.new.subjects}

role_of(binding) := subject.not_known if {
	object.get(binding.new, "roleRef", {}) == subject.not_known
} else := object.get(binding.new, ["roleRef", "name"], "a role")

# METADATA
# title: Nothing is granted to whom nobody authenticated
# custom:
#   id: kubernetes.rbac.anonymous
#   severity: Critical
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"]
#   controls: [pci-dss-4.0/7.2.1, pci-dss-4.0/8.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-14, nist-800-53-r5/IA-2, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-14, fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1), hipaa/164.312(d), gdpr/32]
#   remediation: Bind users, groups or service accounts that authenticate.
fails contains finding.of(rego.metadata.rule(), binding.urn, message) if {
	some binding in bindings
	some name in ["system:anonymous", "system:unauthenticated"]
	name in subject_names(binding)
	role := role_of(binding)
	not role in {"system:public-info-viewer", subject.not_known}
	message := sprintf("%s grants %s to %s: bind somebody who authenticates", [binding.name, role, name])
}

# METADATA
# title: Nothing is granted to everybody
# custom:
#   id: kubernetes.rbac.everybody
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3, gdpr/25]
#   remediation: Bind the users, groups or service accounts that need the role.
fails contains finding.of(rego.metadata.rule(), binding.urn, message) if {
	some binding in bindings
	some name in ["system:authenticated", "system:serviceaccounts"]
	name in subject_names(binding)
	role := role_of(binding)
	role != subject.not_known
	not role in discovery
	message := sprintf("%s grants a role to all of %s: bind those who need it", [binding.name, name])
}

# What the API server itself grants to everybody.
discovery := {
	"system:basic-user",
	"system:discovery",
	"system:public-info-viewer",
	"system:service-account-issuer-discovery",
}

# METADATA
# title: Default service accounts get no rights
# custom:
#   id: kubernetes.rbac.default-account
#   severity: Medium
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"]
#   controls: [cis-kubernetes-1.12/5.1.5, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3]
#   remediation: Make a ServiceAccount for the workload and bind that.
fails contains finding.of(rego.metadata.rule(), binding.urn, message) if {
	some binding in bindings
	some given in binding.new.subjects
	given.kind == "ServiceAccount"
	given.name == "default"
	message := sprintf("%s gives rights to a default service account: bind an account of its own", [binding.name])
}

# METADATA
# title: Roles name the resources and verbs they grant
# custom:
#   id: kubernetes.rbac.wildcards
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.3, pci-dss-4.0/7.2.3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3, gdpr/25]
#   remediation: List resources and verbs instead of a star.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	starred := {list |
		some rule in role.new.rules
		some list in ["resources", "verbs", "nonResourceURLs"]
		"*" in rule[list]
	}
	count(starred) > 0
	message := sprintf("%s grants * in %s: name what is needed", [role.name, concat(", ", sort(starred))])
}

# METADATA
# title: Roles don't read all secrets
# custom:
#   id: kubernetes.rbac.secrets
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.2, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(a)(1)]
#   remediation: Grant get on the secrets that are needed, by resourceNames.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(role, "", {"secrets"}, {"get", "list", "watch"})
	message := sprintf("%s reads every secret: grant get with resourceNames", [role.name])
}

# METADATA
# title: Roles don't create pods
# custom:
#   id: kubernetes.rbac.pod-create
#   severity: Medium
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.4, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Leave pods to the controllers of workloads; who creates a pod can use any account and secret of the namespace.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(role, "", {"pods"}, {"create"})
	message := sprintf("%s creates pods: take the verb away", [role.name])
}

# METADATA
# title: Roles don't enter running containers
# custom:
#   id: kubernetes.rbac.pod-exec
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/AC-17, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/AC-17, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Take pods/exec, pods/attach, pods/portforward and pods/ephemeralcontainers out of the role.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(
		role,
		"",
		{"pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers", "pods/*"},
		{"create", "get", "update", "patch"},
	)
	message := sprintf("%s enters running containers: take pods/exec and its like away", [role.name])
}

# METADATA
# title: Roles don't create persistent volumes
# custom:
#   id: kubernetes.rbac.volume-create
#   severity: Medium
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.9, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Use claims of a StorageClass; a volume can name any path of a node.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(role, "", {"persistentvolumes"}, {"create"})
	message := sprintf("%s creates persistent volumes: leave them to a StorageClass", [role.name])
}

# METADATA
# title: Roles don't reach nodes by the API server
# custom:
#   id: kubernetes.rbac.node-proxy
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.10, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Take nodes/proxy out of the role; nodes/metrics and nodes/stats are enough to watch.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(
		role,
		"",
		{"nodes/proxy", "nodes/*", "*/proxy"},
		{"get", "list", "watch", "create", "update", "patch", "delete"},
	)
	message := sprintf("%s commands kubelets past audit and admission: take nodes/proxy away", [role.name])
}

# METADATA
# title: Roles don't approve certificates
# custom:
#   id: kubernetes.rbac.certificate-approval
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.11, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/IA-5(2), fedramp-moderate-r5/AC-6, fedramp-moderate-r5/IA-5(2), iso-27001-2022/A.5.16, soc-2/CC6.1]
#   remediation: Take certificatesigningrequests/approval and the verb approve out of the role.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	approves(role)
	message := sprintf("%s approves certificates, so it can become anybody: take that away", [role.name])
}

approves(role) if {
	grants(
		role,
		"certificates.k8s.io",
		{"certificatesigningrequests/approval", "certificatesigningrequests/*"},
		{"update", "patch"},
	)
}

approves(role) if grants(role, "certificates.k8s.io", {"signers"}, {"approve"})

# METADATA
# title: Roles don't change admission webhooks
# custom:
#   id: kubernetes.rbac.webhooks
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.12, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/CM-5, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/CM-5, iso-27001-2022/A.8.2, soc-2/CC8.1]
#   remediation: Grant get, list and watch only, or name the one webhook by resourceNames.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(
		role,
		"admissionregistration.k8s.io",
		{"validatingwebhookconfigurations", "mutatingwebhookconfigurations"},
		{"create", "update", "patch", "delete", "deletecollection"},
	)
	message := sprintf("%s can read and change whatever is admitted: take the edits of webhooks away", [role.name])
}

# METADATA
# title: Roles don't create tokens of service accounts
# custom:
#   id: kubernetes.rbac.token-create
#   severity: High
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.13, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/IA-5, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.17, soc-2/CC6.1]
#   remediation: Name the accounts by resourceNames, or take serviceaccounts/token out of the role.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(role, "", {"serviceaccounts/token", "serviceaccounts/*"}, {"create"})
	message := sprintf("%s makes tokens of any service account: name accounts by resourceNames", [role.name])
}

# METADATA
# title: Roles don't widen themselves
# custom:
#   id: kubernetes.rbac.escalate
#   severity: Critical
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.8, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/AC-6(1), fedramp-moderate-r5/AC-6, fedramp-moderate-r5/AC-6(1), iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Take the verbs bind and escalate out of the role, or name roles by resourceNames.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	grants(role, "rbac.authorization.k8s.io", {"roles", "clusterroles"}, {"bind", "escalate"})
	message := sprintf("%s can grant itself anything: take bind and escalate away", [role.name])
}

# METADATA
# title: Roles don't act as somebody else
# custom:
#   id: kubernetes.rbac.impersonate
#   severity: Critical
#   types: ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"]
#   controls: [cis-kubernetes-1.12/5.1.8, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, nist-800-53-r5/IA-2, fedramp-moderate-r5/AC-6, fedramp-moderate-r5/IA-2, iso-27001-2022/A.8.2, soc-2/CC6.1]
#   remediation: Take the verb impersonate out of the role, or name users by resourceNames.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in roles
	some group in ["", "authentication.k8s.io"]
	grants(role, group, {"users", "groups", "serviceaccounts", "uids"}, {"impersonate"})
	message := sprintf("%s can act as anybody: take impersonate away", [role.name])
}

# METADATA
# title: The default service account mounts no token
# custom:
#   id: kubernetes.rbac.default-account-token
#   severity: Low
#   types: ["kubernetes:core/v1:ServiceAccount"]
#   controls: [cis-kubernetes-1.12/5.1.5, cis-kubernetes-1.12/5.1.6, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set automountServiceAccountToken to false on the ServiceAccount default.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in subject.by_type["kubernetes:core/v1:ServiceAccount"]
	object.get(account.new, ["metadata", "name"], account.name) == "default"
	not object.get(account.new, "automountServiceAccountToken", true) in {false, subject.not_known}
	message := sprintf("the default account of %s hands out tokens: set automountServiceAccountToken to false", [workload.namespace_of(account)])
}
