# METADATA
# description: Amazon EKS, ECR and ECS - clusters are not open to the world, images are scanned and fixed, tasks have no privileges.
package dharma.controls.aws.containers

import data.dharma.controls.aws.document
import data.dharma.controls.aws.opening
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

clusters := property.resources(["aws:eks/cluster:Cluster"])

repositories := property.resources(["aws:ecr/repository:Repository"])

# METADATA
# title: EKS API servers are not open to the world
# custom:
#   id: aws.containers.eks-endpoint
#   severity: High
#   types: ["aws:eks/cluster:Cluster"]
#   needs: [vpcConfig.endpointPublicAccess, vpcConfig.publicAccessCidrs]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-3, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(a)(1)]
#   remediation: Set vpcConfig.endpointPublicAccess to false and endpointPrivateAccess to true, or name networks in publicAccessCidrs.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	property.on(cluster, ["vpcConfig", "endpointPublicAccess"], true)
	some network in property.listed(property.value(cluster, ["vpcConfig", "publicAccessCidrs"], ["0.0.0.0/0"]))
	opening.world(network)
	message := sprintf("%s has its API server open to %s: set endpointPublicAccess to false, or name networks in publicAccessCidrs", [cluster.name, network])
}

# METADATA
# title: EKS secrets are encrypted with a KMS key
# description: Since Kubernetes 1.28 EKS encrypts them with a key of its own, which can't be audited, disabled or limited.
# custom:
#   id: aws.containers.eks-secrets
#   severity: Medium
#   types: ["aws:eks/cluster:Cluster"]
#   needs: [encryptionConfig]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-28, fedramp-moderate-r5/SC-12, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set encryptionConfig with resources [secrets] and the ARN of a KMS key.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	kinds := property.listed(property.value(cluster, ["encryptionConfig", "resources"], []))
	count({"secrets", subject.not_known} & {kind | some kind in kinds}) == 0
	message := sprintf("%s encrypts secrets with no KMS key: set encryptionConfig with resources [secrets]", [cluster.name])
}

# METADATA
# title: EKS clusters log what is asked of them
# custom:
#   id: aws.containers.eks-logs
#   severity: Medium
#   types: ["aws:eks/cluster:Cluster"]
#   needs: [enabledClusterLogTypes]
#   controls: [pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-2, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Set enabledClusterLogTypes to [api, audit, authenticator].
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in clusters
	logged := property.listed(property.value(cluster, ["enabledClusterLogTypes"], []))
	not subject.not_known in logged
	missing := [kind | some kind in ["api", "audit", "authenticator"]; not kind in logged]
	count(missing) > 0
	message := sprintf("%s does not log %s: add them to enabledClusterLogTypes", [cluster.name, concat(", ", missing)])
}

# METADATA
# title: ECR images are scanned when pushed
# custom:
#   id: aws.containers.ecr-scan
#   severity: Medium
#   types: ["aws:ecr/repository:Repository"]
#   needs: [imageScanningConfiguration.scanOnPush]
#   controls: [pci-dss-4.0/6.3.3, pci-dss-4.0/11.3.1, nist-800-53-r5/RA-5, nist-800-53-r5/SI-2, fedramp-moderate-r5/RA-5, fedramp-moderate-r5/SI-2, iso-27001-2022/A.8.8, soc-2/CC7.1, gdpr/32]
#   remediation: Set imageScanningConfiguration.scanOnPush to true, or scan the registry by RegistryScanningConfiguration.
fails contains finding.of(rego.metadata.rule(), repository.urn, message) if {
	some repository in repositories
	property.off(repository, ["imageScanningConfiguration", "scanOnPush"], false)
	not registry_scanned
	message := sprintf("%s does not scan its images: set imageScanningConfiguration.scanOnPush to true", [repository.name])
}

registry_scanned if {
	some registry in property.resources(["aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"])
	some rule in property.list(registry, ["rules"])
	rule.scanFrequency in {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}
}

# METADATA
# title: ECR tags are not moved
# custom:
#   id: aws.containers.ecr-immutable
#   severity: Low
#   types: ["aws:ecr/repository:Repository"]
#   needs: [imageTagMutability]
#   controls: [nist-800-53-r5/CM-2, nist-800-53-r5/SI-7, fedramp-moderate-r5/CM-2, fedramp-moderate-r5/SI-7, iso-27001-2022/A.8.9, soc-2/CC8.1]
#   remediation: Set imageTagMutability to IMMUTABLE.
fails contains finding.of(rego.metadata.rule(), repository.urn, message) if {
	some repository in repositories
	property.value(repository, ["imageTagMutability"], "MUTABLE") in {"MUTABLE", "MUTABLE_WITH_EXCLUSION"}
	message := sprintf("%s lets a tag become another image: set imageTagMutability to IMMUTABLE", [repository.name])
}

# METADATA
# title: ECR repository policies say who is allowed
# custom:
#   id: aws.containers.ecr-public-policy
#   severity: High
#   types: ["aws:ecr/repositoryPolicy:RepositoryPolicy"]
#   needs: [policy]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1)]
#   remediation: Name the principals, or narrow the statement by aws:PrincipalOrgID.
fails contains finding.of(rego.metadata.rule(), policy.urn, message) if {
	some policy in property.resources(["aws:ecr/repositoryPolicy:RepositoryPolicy"])
	some statement in document.statements(policy.new.policy)
	document.allows_anyone(statement)
	message := sprintf("%s lets everybody at the images: name the principals, or narrow it by aws:PrincipalOrgID", [policy.name])
}

# METADATA
# title: ECS containers have no privileges
# custom:
#   id: aws.containers.ecs-privileged
#   severity: High
#   types: ["aws:ecs/taskDefinition:TaskDefinition"]
#   needs: [containerDefinitions]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3]
#   remediation: Leave privileged out of containerDefinitions.
fails contains finding.of(rego.metadata.rule(), task.urn, message) if {
	some task in property.resources(["aws:ecs/taskDefinition:TaskDefinition"])
	json.is_valid(task.new.containerDefinitions)
	some container in json.unmarshal(task.new.containerDefinitions)
	container.privileged == true
	message := sprintf("%s runs a container as the host's root: leave privileged out of containerDefinitions", [task.name])
}
