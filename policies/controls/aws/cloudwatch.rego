# METADATA
# description: Amazon CloudWatch Logs - log groups are encrypted with a KMS key and kept long enough.
package dharma.controls.aws.cloudwatch

import data.dharma.finding
import data.dharma.property

# Groups of class DELIVERY keep everything for two days, whatever is said.
groups := [group |
	some group in property.resources(["aws:cloudwatch/logGroup:LogGroup"])
	not group.new.logGroupClass == "DELIVERY"
]

# METADATA
# title: Log groups are encrypted with a KMS key
# custom:
#   id: aws.cloudwatch.kms
#   severity: Low
#   types: ["aws:cloudwatch/logGroup:LogGroup"]
#   controls: [pci-dss-4.0/10.3.2, nist-800-53-r5/AU-9(3), nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC7.3, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set kmsKeyId to the ARN of a KMS key that lets CloudWatch Logs use it.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	property.unsaid(group, ["kmsKeyId"])
	message := sprintf("%s is not encrypted with a KMS key: set kmsKeyId", [group.name])
}

# METADATA
# title: Logs are kept for a year
# custom:
#   id: aws.cloudwatch.retention
#   severity: Medium
#   types: ["aws:cloudwatch/logGroup:LogGroup"]
#   needs: [retentionInDays]
#   controls: [pci-dss-4.0/10.5.1, nist-800-53-r5/AU-11, fedramp-moderate-r5/AU-11, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b)]
#   remediation: Set retentionInDays to 365 or more, or leave it out to keep logs for ever.
fails contains finding.of(rego.metadata.rule(), group.urn, message) if {
	some group in groups
	days := property.number(property.value(group, ["retentionInDays"], 0))
	days > 0 # 0, the default, keeps them for ever
	days < 365
	message := sprintf("%s keeps logs for %d days: set retentionInDays to 365 or more", [group.name, days])
}
