# METADATA
# description: Azure Cache for Redis, Managed Redis, Service Bus and Event Hubs - TLS 1.2, and identities in place of keys.
package dharma.controls.azure.messaging

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

namespace_types := ["azure-native:servicebus:Namespace", "azure-native:eventhub:Namespace"]

# METADATA
# title: Redis takes TLS only
# custom:
#   id: azure.messaging.redis-clear-text
#   severity: High
#   types: ["azure-native:redis:Redis", "azure-native:redisenterprise:Database"]
#   needs: [enableNonSslPort, clientProtocol]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-8(1),
#       fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Keep enableNonSslPort false, and clientProtocol Encrypted.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in property.resources(["azure-native:redis:Redis", "azure-native:redisenterprise:Database"])
	mend := clear_text(cache)
	message := sprintf("%s takes clear text: %s", [cache.name, mend])
}

clear_text(cache) := "set enableNonSslPort to false" if property.on(cache, ["enableNonSslPort"], false)

clear_text(cache) := "set clientProtocol to Encrypted" if {
	property.one_of(cache, ["clientProtocol"], "Encrypted", {"plaintext"})
}

# METADATA
# title: Redis, Service Bus and Event Hubs take TLS 1.2 or newer
# custom:
#   id: azure.messaging.tls
#   severity: High
#   types: ["azure-native:redis:Redis", "azure-native:servicebus:Namespace", "azure-native:eventhub:Namespace"]
#   needs: [minimumTlsVersion]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Set minimumTlsVersion to 1.2.
fails contains finding.of(rego.metadata.rule(), service.urn, message) if {
	some service in property.resources(array.concat(namespace_types, ["azure-native:redis:Redis"]))
	property.one_of(service, ["minimumTlsVersion"], "1.2", {"1.0", "1.1"})
	message := sprintf("%s takes TLS older than 1.2: set minimumTlsVersion to 1.2", [service.name])
}

# METADATA
# title: Redis is closed to public networks
# custom:
#   id: azure.messaging.redis-public-access
#   severity: High
#   types: ["azure-native:redis:Redis"]
#   needs: [publicNetworkAccess]
#   controls: [
#       cis-azure-4.0/2.2.1.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6
#     ]
#   remediation: Set publicNetworkAccess to Disabled and add a private endpoint, or give the cache a subnet.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in subject.by_type["azure-native:redis:Redis"]
	property.one_of(cache, ["publicNetworkAccess"], "Enabled", {"enabled"})
	property.unsaid(cache, ["subnetId"])
	message := sprintf("%s has a public address: set publicNetworkAccess to Disabled", [cache.name])
}

# METADATA
# title: Service Bus and Event Hubs take identities, not keys
# custom:
#   id: azure.messaging.local-auth
#   severity: Medium
#   types: ["azure-native:servicebus:Namespace", "azure-native:eventhub:Namespace"]
#   needs: [disableLocalAuth]
#   controls: [
#       pci-dss-4.0/8.2.2, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set disableLocalAuth to true and give roles to identities.
fails contains finding.of(rego.metadata.rule(), namespace.urn, message) if {
	some namespace in property.resources(namespace_types)
	property.off(namespace, ["disableLocalAuth"], false)
	message := sprintf("%s can be opened by shared keys: set disableLocalAuth to true", [namespace.name])
}
