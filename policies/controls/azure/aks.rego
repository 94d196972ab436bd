# METADATA
# description: Azure Kubernetes Service - who reaches the API, who is who there, and what pods may say to each other.
package dharma.controls.azure.aks

import data.dharma.finding
import data.dharma.property

clusters := property.resources(["azure-native:containerservice:ManagedCluster"])

# METADATA
# title: AKS clusters have role-based access control
# custom:
#   id: azure.aks.rbac
#   severity: High
#   types: ["azure-native:containerservice:ManagedCluster"]
#   needs: [enableRBAC]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3, hipaa/164.312(a)(1)
#     ]
#   remediation: Keep enableRBAC on; it can only be set when the cluster is made.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.off(cluster, ["enableRBAC"], true)
	message := sprintf("%s lets everybody do everything: set enableRBAC to true", [cluster.name])
}

# METADATA
# title: AKS clusters' API is not open to the internet
# custom:
#   id: azure.aks.private-api
#   severity: High
#   types: ["azure-native:containerservice:ManagedCluster"]
#   needs: [apiServerAccessProfile.enablePrivateCluster, apiServerAccessProfile.authorizedIPRanges]
#   controls: [
#       pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-17(1), fedramp-moderate-r5/AC-17(1),
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set apiServerAccessProfile.enablePrivateCluster to true, or name networks in authorizedIPRanges.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.off(cluster, ["apiServerAccessProfile", "enablePrivateCluster"], false)
	open(cluster)
	message := sprintf("%s shows its API to the internet: set apiServerAccessProfile.enablePrivateCluster to true", [cluster.name])
}

open(cluster) if property.value(cluster, ["apiServerAccessProfile", "authorizedIPRanges"], []) == []

open(cluster) if "0.0.0.0/0" in property.list(cluster, ["apiServerAccessProfile", "authorizedIPRanges"])

# METADATA
# title: AKS clusters have no local accounts
# custom:
#   id: azure.aks.local-accounts
#   severity: Medium
#   types: ["azure-native:containerservice:ManagedCluster"]
#   needs: [disableLocalAccounts]
#   controls: [
#       pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set aadProfile and disableLocalAccounts true.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.off(cluster, ["disableLocalAccounts"], false)
	message := sprintf("%s has a certificate of an administrator for everybody: set disableLocalAccounts to true", [cluster.name])
}

# METADATA
# title: AKS clusters enforce network policies
# custom:
#   id: azure.aks.network-policy
#   severity: Medium
#   types: ["azure-native:containerservice:ManagedCluster"]
#   needs: [networkProfile.networkPolicy]
#   controls: [
#       pci-dss-4.0/1.2.5, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7(5),
#       fedramp-moderate-r5/SC-7(5), iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Set networkProfile.networkPolicy to cilium, azure or calico.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.one_of(cluster, ["networkProfile", "networkPolicy"], "none", {"none"})
	message := sprintf("%s enforces no network policy: set networkProfile.networkPolicy to cilium", [cluster.name])
}

# METADATA
# title: AKS clusters upgrade themselves
# custom:
#   id: azure.aks.upgrades
#   severity: Low
#   types: ["azure-native:containerservice:ManagedCluster"]
#   needs: [autoUpgradeProfile.upgradeChannel]
#   controls: [pci-dss-4.0/6.3.3, nist-800-53-r5/SI-2, fedramp-moderate-r5/SI-2, iso-27001-2022/A.8.8, soc-2/CC7.1]
#   remediation: Set autoUpgradeProfile.upgradeChannel to patch or stable.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.one_of(cluster, ["autoUpgradeProfile", "upgradeChannel"], "none", {"none"})
	message := sprintf("%s stays on its version: set autoUpgradeProfile.upgradeChannel to patch", [cluster.name])
}
