# METADATA
# description: Google Kubernetes Engine - private nodes, who is who by IAM, network policies, shielded nodes, releases.
package dharma.controls.gcp.gke

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

clusters := property.resources(["gcp:container/cluster:Cluster"])

# Autopilot has workload identity, shielded nodes, Dataplane V2 and a release channel, and they can't be turned off.
standard_clusters := [cluster |
	some cluster in clusters
	property.off(cluster, ["enableAutopilot"], false)
]

# METADATA
# title: GKE nodes have no public addresses
# custom:
#   id: gcp.gke.private-nodes
#   severity: High
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [privateClusterConfig.enablePrivateNodes]
#   controls: [
#       pci-dss-4.0/1.4.2, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set privateClusterConfig.enablePrivateNodes to true.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.off(cluster, ["privateClusterConfig", "enablePrivateNodes"], false)
	message := sprintf("%s has nodes with public addresses: set privateClusterConfig.enablePrivateNodes to true", [cluster.name])
}

# METADATA
# title: GKE's API is not open to the internet
# custom:
#   id: gcp.gke.private-api
#   severity: High
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [privateClusterConfig.enablePrivateEndpoint, masterAuthorizedNetworksConfig]
#   controls: [
#       pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1),
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set masterAuthorizedNetworksConfig.cidrBlocks, or privateClusterConfig.enablePrivateEndpoint to true.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.off(cluster, ["privateClusterConfig", "enablePrivateEndpoint"], false)
	open(cluster)
	message := sprintf("%s shows its API to the internet: name networks in masterAuthorizedNetworksConfig", [cluster.name])
}

open(cluster) if property.value(cluster, ["masterAuthorizedNetworksConfig"], null) == null

open(cluster) if {
	some block in property.list(cluster, ["masterAuthorizedNetworksConfig", "cidrBlocks"])
	block.cidrBlock == "0.0.0.0/0"
}

# METADATA
# title: GKE clusters have no legacy authorization
# custom:
#   id: gcp.gke.legacy-abac
#   severity: High
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [enableLegacyAbac]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3, hipaa/164.312(a)(1)
#     ]
#   remediation: Keep enableLegacyAbac false.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.on(cluster, ["enableLegacyAbac"], false)
	message := sprintf("%s gives every account wide rights: set enableLegacyAbac to false", [cluster.name])
}

# METADATA
# title: GKE clusters give no client certificates
# custom:
#   id: gcp.gke.client-certificate
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [masterAuth]
#   controls: [
#       pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Keep masterAuth.clientCertificateConfig.issueClientCertificate false.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.on(cluster, ["masterAuth", "clientCertificateConfig", "issueClientCertificate"], false)
	message := sprintf("%s gives out a certificate that can't be revoked: set issueClientCertificate to false", [cluster.name])
}

# METADATA
# title: GKE workloads have identities of their own
# custom:
#   id: gcp.gke.workload-identity
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [workloadIdentityConfig.workloadPool]
#   controls: [
#       pci-dss-4.0/7.2.5, pci-dss-4.0/8.6.2, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.3
#     ]
#   remediation: Set workloadIdentityConfig.workloadPool to PROJECT.svc.id.goog.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in standard_clusters
	property.unsaid(cluster, ["workloadIdentityConfig", "workloadPool"])
	message := sprintf("%s gives pods the node's identity: set workloadIdentityConfig.workloadPool", [cluster.name])
}

# METADATA
# title: GKE clusters enforce network policies
# custom:
#   id: gcp.gke.network-policy
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [networkPolicy.enabled, datapathProvider]
#   controls: [
#       pci-dss-4.0/1.2.5, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7(5),
#       fedramp-moderate-r5/SC-7(5), iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Set datapathProvider to ADVANCED_DATAPATH, or networkPolicy.enabled to true.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in standard_clusters
	property.off(cluster, ["networkPolicy", "enabled"], false)
	property.other_than(cluster, ["datapathProvider"], "LEGACY_DATAPATH", {"advanced_datapath"})
	message := sprintf("%s enforces no network policy: set datapathProvider to ADVANCED_DATAPATH", [cluster.name])
}

# METADATA
# title: GKE nodes are shielded
# custom:
#   id: gcp.gke.shielded-nodes
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [enableShieldedNodes]
#   controls: [
#       pci-dss-4.0/2.2.1, nist-800-53-r5/SI-7, fedramp-moderate-r5/SI-7, nist-800-53-r5/SI-7(1),
#       fedramp-moderate-r5/SI-7(1), iso-27001-2022/A.8.9, soc-2/CC6.8
#     ]
#   remediation: Keep enableShieldedNodes true.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in standard_clusters
	property.off(cluster, ["enableShieldedNodes"], true)
	message := sprintf("%s takes nodes that it doesn't know: set enableShieldedNodes to true", [cluster.name])
}

# METADATA
# title: GKE clusters and nodes are upgraded
# custom:
#   id: gcp.gke.upgrades
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"]
#   needs: [releaseChannel.channel, management.autoUpgrade]
#   controls: [pci-dss-4.0/6.3.3, nist-800-53-r5/SI-2, fedramp-moderate-r5/SI-2, iso-27001-2022/A.8.8, soc-2/CC7.1]
#   remediation: Set releaseChannel.channel to REGULAR or STABLE and keep management.autoUpgrade of node pools true.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(standard_clusters, property.resources(["gcp:container/nodePool:NodePool"]))
	mend := stays(resource)
	message := sprintf("%s stays on its version: set %s", [resource.name, mend])
}

stays(cluster) := "releaseChannel.channel to REGULAR" if {
	property.one_of(cluster, ["releaseChannel", "channel"], "REGULAR", {"unspecified"})
}

stays(pool) := "management.autoUpgrade to true" if {
	pool.type == "gcp:container/nodePool:NodePool"
	property.off(pool, ["management", "autoUpgrade"], true)
}

# METADATA
# title: GKE secrets are encrypted with the customer's key
# custom:
#   id: gcp.gke.secrets-key
#   severity: Medium
#   types: ["gcp:container/cluster:Cluster"]
#   needs: [databaseEncryption.state]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set databaseEncryption.state to ENCRYPTED, with keyName.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.one_of(cluster, ["databaseEncryption", "state"], "DECRYPTED", {"decrypted"})
	message := sprintf("%s keeps secrets with Google's key alone: set databaseEncryption.state to ENCRYPTED", [cluster.name])
}

# METADATA
# title: GKE nodes are not the default service account
# custom:
#   id: gcp.gke.node-account
#   severity: Medium
#   types: ["gcp:container/nodePool:NodePool"]
#   needs: [nodeConfig.serviceAccount]
#   controls: [pci-dss-4.0/7.2.5, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Set nodeConfig.serviceAccount to an account with roles/container.defaultNodeServiceAccount.
fails contains finding.of(rego.metadata.rule(), pool.urn, message) if {
	some pool in subject.by_type["gcp:container/nodePool:NodePool"]
	property.one_of(pool, ["nodeConfig", "serviceAccount"], "default", {"default", ""})
	message := sprintf("%s is the default service account: set nodeConfig.serviceAccount to one of its own", [pool.name])
}
