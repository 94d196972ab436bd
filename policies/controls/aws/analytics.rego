# METADATA
# description: Amazon ElastiCache, OpenSearch and Redshift - data is encrypted where it lies and on its way, and not public.
package dharma.controls.aws.analytics

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property

caches := property.resources(["aws:elasticache/replicationGroup:ReplicationGroup"])

domains := property.resources(["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"])

warehouses := property.resources(["aws:redshift/cluster:Cluster"])

# METADATA
# title: ElastiCache speaks TLS
# custom:
#   id: aws.analytics.cache-tls
#   severity: High
#   types: ["aws:elasticache/replicationGroup:ReplicationGroup"]
#   needs: [transitEncryptionEnabled]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set transitEncryptionEnabled to true.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in caches
	property.off(cache, ["transitEncryptionEnabled"], false)
	message := sprintf("%s speaks clear text: set transitEncryptionEnabled to true", [cache.name])
}

# METADATA
# title: ElastiCache is encrypted at rest
# custom:
#   id: aws.analytics.cache-encryption
#   severity: Medium
#   types: ["aws:elasticache/replicationGroup:ReplicationGroup"]
#   needs: [atRestEncryptionEnabled]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set atRestEncryptionEnabled to true.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in caches
	property.off(cache, ["atRestEncryptionEnabled"], cache_encrypted(cache))
	message := sprintf("%s is stored in clear text: set atRestEncryptionEnabled to true", [cache.name])
}

# A secondary of a global group is as the primary; for the engine the provider's default says it: redis is not, valkey is.
cache_encrypted(cache) if {
	not property.unsaid(cache, ["globalReplicationGroupId"])
} else if {
	property.value(cache, ["engine"], "redis") != "redis"
} else := false

# METADATA
# title: OpenSearch is encrypted at rest and between nodes
# custom:
#   id: aws.analytics.search-encryption
#   severity: High
#   types: ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"]
#   needs: [encryptAtRest.enabled, nodeToNodeEncryption.enabled]
#   controls: [pci-dss-4.0/3.5.1, pci-dss-4.0/4.2.1, nist-800-53-r5/SC-28, nist-800-53-r5/SC-8(1), fedramp-moderate-r5/SC-28, fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set encryptAtRest.enabled and nodeToNodeEncryption.enabled to true.
fails contains finding.of(rego.metadata.rule(), domain.urn, message) if {
	some domain in domains
	off := [sprintf("%s.enabled", [block]) |
		some block in ["encryptAtRest", "nodeToNodeEncryption"]
		property.off(domain, [block, "enabled"], false)
	]
	count(off) > 0
	message := sprintf("%s is not encrypted: set %s to true", [domain.name, concat(" and ", off)])
}

# METADATA
# title: OpenSearch answers by TLS 1.2 or newer only
# custom:
#   id: aws.analytics.search-tls
#   severity: High
#   types: ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"]
#   needs: [domainEndpointOptions.enforceHttps, domainEndpointOptions.tlsSecurityPolicy]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/AC-17(2), fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/AC-17(2), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set domainEndpointOptions.enforceHttps to true and tlsSecurityPolicy to Policy-Min-TLS-1-2-2019-07 or newer.
fails contains finding.of(rego.metadata.rule(), domain.urn, message) if {
	some domain in domains
	answers_plain(domain)
	message := sprintf("%s answers in clear text or by old TLS: set enforceHttps and tlsSecurityPolicy Policy-Min-TLS-1-2-2019-07", [domain.name])
}

# enforceHttps is on in a block of options that does not say it; a domain without the block takes HTTP too.
answers_plain(domain) if property.unsaid(domain, ["domainEndpointOptions"])

answers_plain(domain) if property.off(domain, ["domainEndpointOptions", "enforceHttps"], true)

answers_plain(domain) if domain.new.domainEndpointOptions.tlsSecurityPolicy == "Policy-Min-TLS-1-0-2019-07"

# METADATA
# title: OpenSearch is not open to everybody
# custom:
#   id: aws.analytics.search-public
#   severity: Critical
#   types: ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"]
#   needs: [accessPolicies, vpcOptions]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-3, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Put the domain into a VPC by vpcOptions, or name the principals in accessPolicies.
fails contains finding.of(rego.metadata.rule(), domain.urn, message) if {
	some domain in domains
	property.unsaid(domain, ["vpcOptions"])
	some statement in document.statements(domain.new.accessPolicies)
	document.allows_anyone(statement)
	message := sprintf("%s is open to everybody: set vpcOptions, or name the principals in accessPolicies", [domain.name])
}

# METADATA
# title: Redshift is encrypted at rest
# custom:
#   id: aws.analytics.redshift-encryption
#   severity: High
#   types: ["aws:redshift/cluster:Cluster"]
#   needs: [encrypted]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Leave encrypted on.
fails contains finding.of(rego.metadata.rule(), warehouse.urn, message) if {
	some warehouse in warehouses
	property.off(warehouse, ["encrypted"], true)
	message := sprintf("%s is stored in clear text: set encrypted to true", [warehouse.name])
}

# METADATA
# title: Redshift has no public address
# custom:
#   id: aws.analytics.redshift-private
#   severity: Critical
#   types: ["aws:redshift/cluster:Cluster"]
#   needs: [publiclyAccessible]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-3, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Set publiclyAccessible to false and use private subnets.
fails contains finding.of(rego.metadata.rule(), warehouse.urn, message) if {
	some warehouse in warehouses
	property.on(warehouse, ["publiclyAccessible"], false)
	message := sprintf("%s can be reached from the internet: set publiclyAccessible to false", [warehouse.name])
}
