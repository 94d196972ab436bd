# METADATA
# description: Cloud Run, Cloud Functions and Artifact Registry - who may call, from where, and what is run.
package dharma.controls.gcp.run

import data.dharma.controls.gcp.grant
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

# METADATA
# title: Services and functions are not everybody's to call
# custom:
#   id: gcp.run.unauthenticated
#   severity: High
#   types: ["gcp:cloudrun/iamMember:IamMember", "gcp:cloudrun/iamBinding:IamBinding", "gcp:cloudrun/iamPolicy:IamPolicy", "gcp:cloudrunv2/serviceIamMember:ServiceIamMember", "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding", "gcp:cloudrunv2/serviceIamPolicy:ServiceIamPolicy", "gcp:cloudfunctions/functionIamMember:FunctionIamMember", "gcp:cloudfunctions/functionIamBinding:FunctionIamBinding", "gcp:cloudfunctions/functionIamPolicy:FunctionIamPolicy", "gcp:cloudfunctionsv2/functionIamMember:FunctionIamMember", "gcp:cloudfunctionsv2/functionIamBinding:FunctionIamBinding", "gcp:cloudfunctionsv2/functionIamPolicy:FunctionIamPolicy", "gcp:cloudrunv2/service:Service"]
#   needs: [member, members, policyData]
#   controls: [
#       pci-dss-4.0/7.2.1, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-14,
#       fedramp-moderate-r5/AC-14, iso-27001-2022/A.8.3, iso-27001-2022/A.8.5, soc-2/CC6.1, hipaa/164.312(a)(1),
#       hipaa/164.312(d)
#     ]
#   remediation: Name the members, or put Identity-Aware Proxy or API Gateway in front.
fails contains finding.of(rego.metadata.rule(), opening.urn, message) if {
	some opening in property.resources([
		"gcp:cloudrun/iamMember:IamMember",
		"gcp:cloudrun/iamBinding:IamBinding",
		"gcp:cloudrun/iamPolicy:IamPolicy",
		"gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
		"gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding",
		"gcp:cloudrunv2/serviceIamPolicy:ServiceIamPolicy",
		"gcp:cloudfunctions/functionIamMember:FunctionIamMember",
		"gcp:cloudfunctions/functionIamBinding:FunctionIamBinding",
		"gcp:cloudfunctions/functionIamPolicy:FunctionIamPolicy",
		"gcp:cloudfunctionsv2/functionIamMember:FunctionIamMember",
		"gcp:cloudfunctionsv2/functionIamBinding:FunctionIamBinding",
		"gcp:cloudfunctionsv2/functionIamPolicy:FunctionIamPolicy",
		"gcp:cloudrunv2/service:Service",
	])
	mend := callable(opening)
	message := sprintf("%s lets everybody call: %s", [opening.name, mend])
}

callable(grantor) := "name the members" if count(grant.everybody(grantor)) > 0

callable(service) := "set invokerIamDisabled to false" if {
	property.on(service, ["invokerIamDisabled"], false)
}

# METADATA
# title: Services and functions are reached from inside, or by a load balancer
# custom:
#   id: gcp.run.ingress
#   severity: Medium
#   types: ["gcp:cloudrunv2/service:Service", "gcp:cloudrun/service:Service", "gcp:cloudfunctions/function:Function", "gcp:cloudfunctionsv2/function:Function"]
#   needs: [ingress, ingressSettings, serviceConfig.ingressSettings]
#   controls: [
#       pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.2, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Let internal traffic and load balancers in only (ingress, ingressSettings).
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some type, path in {
		"gcp:cloudrunv2/service:Service": ["ingress"],
		"gcp:cloudrun/service:Service": ["metadata", "annotations", "run.googleapis.com/ingress"],
		"gcp:cloudfunctions/function:Function": ["ingressSettings"],
		"gcp:cloudfunctionsv2/function:Function": ["serviceConfig", "ingressSettings"],
	}
	some service in subject.by_type[type]
	property.one_of(service, path, "all", {"all", "allow_all", "ingress_traffic_all"})
	message := sprintf(
		"%s is reached from the whole internet: set %s to internal traffic and load balancers",
		[service.name, concat(".", path)],
	)
}

# METADATA
# title: Functions take HTTPS only
# custom:
#   id: gcp.run.function-https
#   severity: High
#   types: ["gcp:cloudfunctions/function:Function"]
#   needs: [httpsTriggerSecurityLevel]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-8(1),
#       fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Set httpsTriggerSecurityLevel to SECURE_ALWAYS.
fails contains finding.of(rego.metadata.rule(), function.urn, message) if {
	some function in subject.by_type["gcp:cloudfunctions/function:Function"]
	property.on(function, ["triggerHttp"], false)
	property.one_of(function, ["httpsTriggerSecurityLevel"], "SECURE_OPTIONAL", {"secure_optional"})
	message := sprintf("%s answers clear-text HTTP: set httpsTriggerSecurityLevel to SECURE_ALWAYS", [function.name])
}

# METADATA
# title: Repositories are not everybody's
# custom:
#   id: gcp.run.repository-public
#   severity: High
#   types: ["gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding", "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy"]
#   needs: [member, members, policyData]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/CM-5,
#       fedramp-moderate-r5/CM-5, iso-27001-2022/A.8.3, iso-27001-2022/A.8.4, soc-2/CC6.1
#     ]
#   remediation: Name the members.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in property.resources([
		"gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
		"gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
		"gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy",
	])
	who := grant.everybody(grantor)
	count(who) > 0
	message := sprintf("%s opens a repository to %s: name the members", [grantor.name, concat(", ", who)])
}

# METADATA
# title: Repositories are scanned for vulnerabilities
# custom:
#   id: gcp.run.repository-scanning
#   severity: Medium
#   types: ["gcp:artifactregistry/repository:Repository"]
#   needs: [vulnerabilityScanningConfig.enablementConfig]
#   controls: [
#       pci-dss-4.0/6.3.1, pci-dss-4.0/11.3.1, nist-800-53-r5/RA-5, fedramp-moderate-r5/RA-5, nist-800-53-r5/SI-2,
#       fedramp-moderate-r5/SI-2, iso-27001-2022/A.8.8, soc-2/CC7.1
#     ]
#   remediation: Set vulnerabilityScanningConfig.enablementConfig to INHERITED and enable Container Scanning.
fails contains finding.of(rego.metadata.rule(), repository.urn, message) if {
	some repository in subject.by_type["gcp:artifactregistry/repository:Repository"]
	property.one_of(repository, ["vulnerabilityScanningConfig", "enablementConfig"], "INHERITED", {"disabled"})
	message := sprintf("%s is not scanned: set vulnerabilityScanningConfig.enablementConfig to INHERITED", [repository.name])
}
