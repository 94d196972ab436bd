# METADATA
# description: BigQuery, Pub/Sub, Memorystore, keys and secrets - nobody's but their owner's, encrypted, rotated.
package dharma.controls.gcp.data

import data.dharma.controls.gcp.grant
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

datasets := property.resources(["gcp:bigquery/dataset:Dataset"])

# METADATA
# title: BigQuery datasets are not public
# custom:
#   id: gcp.data.bigquery-public
#   severity: Critical
#   types: ["gcp:bigquery/dataset:Dataset", "gcp:bigquery/datasetAccess:DatasetAccess", "gcp:bigquery/datasetIamMember:DatasetIamMember", "gcp:bigquery/datasetIamBinding:DatasetIamBinding", "gcp:bigquery/datasetIamPolicy:DatasetIamPolicy"]
#   needs: [accesses, member, members, policyData]
#   controls: [
#       cis-gcp-4.0/7.1, pci-dss-4.0/1.3.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3,
#       iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/25, gdpr/32
#     ]
#   remediation: Name the members.
fails contains finding.of(rego.metadata.rule(), opening.urn, message) if {
	some opening in array.concat(datasets, property.resources([
		"gcp:bigquery/datasetAccess:DatasetAccess",
		"gcp:bigquery/datasetIamMember:DatasetIamMember",
		"gcp:bigquery/datasetIamBinding:DatasetIamBinding",
		"gcp:bigquery/datasetIamPolicy:DatasetIamPolicy",
	]))
	who := sort({name | some name in grant.everybody(opening)} | by_access(opening))
	count(who) > 0
	message := sprintf("%s opens a dataset to %s: name the members", [opening.name, concat(", ", who)])
}

by_access(opening) := {who |
	some access in array.concat([opening.new], property.list(opening, ["accesses"]))
	some key in ["specialGroup", "iamMember"]
	who := access[key]
	who in {"allAuthenticatedUsers", "allUsers"}
}

# Of a table whose dataset isn't here it is not known which key is the dataset's default.

# METADATA
# title: BigQuery tables are encrypted with the customer's key
# custom:
#   id: gcp.data.bigquery-table-key
#   severity: Low
#   types: ["gcp:bigquery/table:Table"]
#   needs: [encryptionConfiguration.kmsKeyName]
#   controls: [
#       cis-gcp-4.0/7.2, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set encryptionConfiguration.kmsKeyName, or the dataset's defaultEncryptionConfiguration.
fails contains finding.of(rego.metadata.rule(), table.urn, message) if {
	some table in subject.by_type["gcp:bigquery/table:Table"]
	property.value(table, ["view"], null) == null
	property.unsaid(table, ["encryptionConfiguration", "kmsKeyName"])
	some dataset in datasets
	is_in(table, dataset)
	googles_key(dataset)
	message := sprintf("%s is encrypted with Google's key: set encryptionConfiguration.kmsKeyName", [table.name])
}

is_in(table, dataset) if subject.points_at(table, "datasetId", dataset)

is_in(table, dataset) if {
	subject.said(table.new.datasetId)
	table.new.datasetId == dataset.new.datasetId
}

# METADATA
# title: BigQuery datasets have a key of the customer for what is put there
# custom:
#   id: gcp.data.bigquery-dataset-key
#   severity: Low
#   types: ["gcp:bigquery/dataset:Dataset"]
#   needs: [defaultEncryptionConfiguration.kmsKeyName]
#   controls: [
#       cis-gcp-4.0/7.3, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set defaultEncryptionConfiguration.kmsKeyName.
fails contains finding.of(rego.metadata.rule(), dataset.urn, message) if {
	some dataset in datasets
	googles_key(dataset)
	message := sprintf("%s has no key of its own: set defaultEncryptionConfiguration.kmsKeyName", [dataset.name])
}

googles_key(dataset) if property.unsaid(dataset, ["defaultEncryptionConfiguration", "kmsKeyName"])

# METADATA
# title: Keys rotate within 90 days
# custom:
#   id: gcp.data.key-rotation
#   severity: Medium
#   types: ["gcp:kms/cryptoKey:CryptoKey"]
#   needs: [rotationPeriod]
#   controls: [
#       cis-gcp-4.0/1.10, pci-dss-4.0/3.7.4, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, iso-27001-2022/A.8.24,
#       soc-2/CC6.1, hipaa/164.312(a)(2)(iv)
#     ]
#   remediation: Set rotationPeriod to 7776000s or less.
fails contains finding.of(rego.metadata.rule(), key.urn, message) if {
	some key in subject.by_type["gcp:kms/cryptoKey:CryptoKey"]
	property.one_of(key, ["purpose"], "ENCRYPT_DECRYPT", {"encrypt_decrypt"}) # others can't rotate by themselves
	property.off(key, ["importOnly"], false)
	period := property.value(key, ["rotationPeriod"], "")
	slow(period)
	message := sprintf("%s rotates too seldom or never: set rotationPeriod to 7776000s", [key.name])
}

slow("")

slow(period) if {
	regex.match(`^[0-9]+(\.[0-9]+)?s$`, period)
	to_number(trim_suffix(period, "s")) > 7776000
}

# METADATA
# title: Keys and secrets are not everybody's
# custom:
#   id: gcp.data.keys-public
#   severity: Critical
#   types: ["gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding", "gcp:kms/cryptoKeyIAMPolicy:CryptoKeyIAMPolicy", "gcp:kms/keyRingIAMMember:KeyRingIAMMember", "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding", "gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy", "gcp:secretmanager/secretIamMember:SecretIamMember", "gcp:secretmanager/secretIamBinding:SecretIamBinding", "gcp:secretmanager/secretIamPolicy:SecretIamPolicy"]
#   needs: [member, members, policyData]
#   controls: [
#       cis-gcp-4.0/1.9, pci-dss-4.0/3.6.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3,
#       nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, iso-27001-2022/A.5.15, iso-27001-2022/A.8.24, soc-2/CC6.1,
#       hipaa/164.312(a)(1)
#     ]
#   remediation: Name the members.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in property.resources([
		"gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
		"gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
		"gcp:kms/cryptoKeyIAMPolicy:CryptoKeyIAMPolicy",
		"gcp:kms/keyRingIAMMember:KeyRingIAMMember",
		"gcp:kms/keyRingIAMBinding:KeyRingIAMBinding",
		"gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy",
		"gcp:secretmanager/secretIamMember:SecretIamMember",
		"gcp:secretmanager/secretIamBinding:SecretIamBinding",
		"gcp:secretmanager/secretIamPolicy:SecretIamPolicy",
	])
	who := grant.everybody(grantor)
	count(who) > 0
	message := sprintf("%s gives a key or secret to %s: name the members", [grantor.name, concat(", ", who)])
}

# METADATA
# title: Secrets are due to rotate or expire
# custom:
#   id: gcp.data.secret-rotation
#   severity: Low
#   types: ["gcp:secretmanager/secret:Secret"]
#   needs: [rotation, expireTime, ttl]
#   controls: [
#       pci-dss-4.0/8.6.3, nist-800-53-r5/IA-5, fedramp-moderate-r5/IA-5, nist-800-53-r5/IA-5(1),
#       fedramp-moderate-r5/IA-5(1), iso-27001-2022/A.5.17, soc-2/CC6.1
#     ]
#   remediation: Set rotation.rotationPeriod and topics, or ttl.
fails contains finding.of(rego.metadata.rule(), secret.urn, message) if {
	some secret in subject.by_type["gcp:secretmanager/secret:Secret"]
	every key in ["rotation", "expireTime", "ttl"] {
		property.value(secret, [key], null) == null
	}
	message := sprintf("%s stays as it is for ever: set rotation.rotationPeriod and topics", [secret.name])
}

# METADATA
# title: Secrets are kept in regions that are named
# custom:
#   id: gcp.data.secret-replication
#   severity: Low
#   types: ["gcp:secretmanager/secret:Secret"]
#   needs: [replication]
#   controls: [gdpr/44]
#   remediation: Set replication.userManaged.replicas to the regions.
fails contains finding.of(rego.metadata.rule(), secret.urn, message) if {
	some secret in subject.by_type["gcp:secretmanager/secret:Secret"]
	is_object(property.value(secret, ["replication", "auto"], null))
	message := sprintf("%s is kept wherever Google likes: set replication.userManaged.replicas", [secret.name])
}

# METADATA
# title: Pub/Sub topics are encrypted with the customer's key
# custom:
#   id: gcp.data.topic-key
#   severity: Low
#   types: ["gcp:pubsub/topic:Topic"]
#   needs: [kmsKeyName]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set kmsKeyName.
fails contains finding.of(rego.metadata.rule(), topic.urn, message) if {
	some topic in subject.by_type["gcp:pubsub/topic:Topic"]
	property.unsaid(topic, ["kmsKeyName"])
	message := sprintf("%s is encrypted with Google's key: set kmsKeyName", [topic.name])
}

# METADATA
# title: Pub/Sub topics and subscriptions are not everybody's
# custom:
#   id: gcp.data.topic-public
#   severity: High
#   types: ["gcp:pubsub/topicIAMMember:TopicIAMMember", "gcp:pubsub/topicIAMBinding:TopicIAMBinding", "gcp:pubsub/topicIAMPolicy:TopicIAMPolicy", "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", "gcp:pubsub/subscriptionIAMBinding:SubscriptionIAMBinding"]
#   needs: [member, members, policyData]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, iso-27001-2022/A.8.3, soc-2/CC6.1,
#       hipaa/164.312(a)(1), gdpr/32
#     ]
#   remediation: Name the members.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in property.resources([
		"gcp:pubsub/topicIAMMember:TopicIAMMember",
		"gcp:pubsub/topicIAMBinding:TopicIAMBinding",
		"gcp:pubsub/topicIAMPolicy:TopicIAMPolicy",
		"gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember",
		"gcp:pubsub/subscriptionIAMBinding:SubscriptionIAMBinding",
	])
	who := grant.everybody(grantor)
	count(who) > 0
	message := sprintf("%s opens messages to %s: name the members", [grantor.name, concat(", ", who)])
}

# Redis instances, Redis clusters and Valkey instances, by the words that each has for off.

# METADATA
# title: Memorystore takes TLS
# custom:
#   id: gcp.data.cache-tls
#   severity: High
#   types: ["gcp:redis/instance:Instance", "gcp:redis/cluster:Cluster", "gcp:memorystore/instance:Instance"]
#   needs: [transitEncryptionMode]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-8(1),
#       fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Set transitEncryptionMode to server authentication; it can only be set when the cache is made.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in caches
	property.one_of(
		cache,
		["transitEncryptionMode"],
		"DISABLED",
		{"disabled", "transit_encryption_disabled", "transit_encryption_mode_disabled"},
	)
	message := sprintf("%s takes clear text: set transitEncryptionMode to server authentication", [cache.name])
}

# METADATA
# title: Memorystore asks who is there
# custom:
#   id: gcp.data.cache-auth
#   severity: Medium
#   types: ["gcp:redis/instance:Instance", "gcp:redis/cluster:Cluster", "gcp:memorystore/instance:Instance"]
#   needs: [authEnabled, authorizationMode]
#   controls: [
#       pci-dss-4.0/8.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.8.5, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set authEnabled to true, or authorizationMode to IAM.
fails contains finding.of(rego.metadata.rule(), cache.urn, message) if {
	some cache in caches
	property.one_of(cache, [auth_key(cache.type)], "AUTH_DISABLED", {"false", "auth_disabled", "auth_mode_disabled"})
	message := sprintf("%s lets everybody in its network in: set %s", [cache.name, auth_key(cache.type)])
}

caches := property.resources([
	"gcp:redis/instance:Instance",
	"gcp:redis/cluster:Cluster",
	"gcp:memorystore/instance:Instance",
])

auth_key("gcp:redis/instance:Instance") := "authEnabled"

auth_key("gcp:redis/cluster:Cluster") := "authorizationMode"

auth_key("gcp:memorystore/instance:Instance") := "authorizationMode"
