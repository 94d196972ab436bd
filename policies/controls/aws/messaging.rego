# METADATA
# description: Amazon SQS, SNS, Kinesis and MSK - messages are encrypted, and nobody in particular may send or read them.
package dharma.controls.aws.messaging

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property

# METADATA
# title: SQS queues are encrypted
# custom:
#   id: aws.messaging.sqs-encryption
#   severity: High
#   types: ["aws:sqs/queue:Queue"]
#   needs: [sqsManagedSseEnabled, kmsMasterKeyId]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Leave sqsManagedSseEnabled on, or set kmsMasterKeyId.
fails contains finding.of(rego.metadata.rule(), queue.urn, message) if {
	some queue in property.resources(["aws:sqs/queue:Queue"])
	property.off(queue, ["sqsManagedSseEnabled"], true) # on where nothing is said (SQS Developer Guide, SSE-SQS)
	property.unsaid(queue, ["kmsMasterKeyId"])
	message := sprintf("%s keeps messages in clear text: leave sqsManagedSseEnabled on, or set kmsMasterKeyId", [queue.name])
}

# METADATA
# title: SNS topics are encrypted
# custom:
#   id: aws.messaging.sns-encryption
#   severity: Medium
#   types: ["aws:sns/topic:Topic"]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set kmsMasterKeyId, e.g. to alias/aws/sns.
fails contains finding.of(rego.metadata.rule(), topic.urn, message) if {
	some topic in property.resources(["aws:sns/topic:Topic"])
	property.unsaid(topic, ["kmsMasterKeyId"])
	message := sprintf("%s keeps messages without encryption: set kmsMasterKeyId", [topic.name])
}

# METADATA
# title: Policies of queues and topics say who is allowed
# custom:
#   id: aws.messaging.public-policy
#   severity: Critical
#   types: ["aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"]
#   needs: [policy]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principals, or narrow the statement by aws:SourceArn or aws:PrincipalOrgID.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:sqs/queue:Queue",
		"aws:sqs/queuePolicy:QueuePolicy",
		"aws:sns/topic:Topic",
		"aws:sns/topicPolicy:TopicPolicy",
	])
	some statement in document.statements(resource.new.policy)
	document.allows_anyone(statement)
	message := sprintf("%s lets everybody send or read: name the principals, or narrow it by aws:SourceArn", [resource.name])
}

# METADATA
# title: Kinesis streams are encrypted
# custom:
#   id: aws.messaging.kinesis-encryption
#   severity: High
#   types: ["aws:kinesis/stream:Stream"]
#   needs: [encryptionType]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set encryptionType to KMS and kmsKeyId, e.g. to alias/aws/kinesis.
fails contains finding.of(rego.metadata.rule(), stream.urn, message) if {
	some stream in property.resources(["aws:kinesis/stream:Stream"])
	property.value(stream, ["encryptionType"], "NONE") == "NONE"
	message := sprintf("%s keeps records in clear text: set encryptionType to KMS and a kmsKeyId", [stream.name])
}

# METADATA
# title: MSK clusters speak TLS only
# custom:
#   id: aws.messaging.msk-tls
#   severity: High
#   types: ["aws:msk/cluster:Cluster"]
#   needs: [encryptionInfo.encryptionInTransit.clientBroker]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set encryptionInfo.encryptionInTransit.clientBroker to TLS and leave inCluster on.
fails contains finding.of(rego.metadata.rule(), cluster.urn, message) if {
	some cluster in property.resources(["aws:msk/cluster:Cluster"])
	speaks_plain(cluster)
	message := sprintf("%s takes clear text: set encryptionInTransit.clientBroker to TLS and leave inCluster on", [cluster.name])
}

speaks_plain(cluster) if {
	property.value(cluster, ["encryptionInfo", "encryptionInTransit", "clientBroker"], "TLS") in {"PLAINTEXT", "TLS_PLAINTEXT"}
}

speaks_plain(cluster) if property.off(cluster, ["encryptionInfo", "encryptionInTransit", "inCluster"], true)
