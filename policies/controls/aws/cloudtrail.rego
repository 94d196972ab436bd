# METADATA
# description: AWS CloudTrail - trails cover all regions, and what they record can be trusted.
package dharma.controls.aws.cloudtrail

import data.dharma.finding
import data.dharma.property

trails := property.resources(["aws:cloudtrail/trail:Trail"])

# METADATA
# title: CloudTrail records all regions
# custom:
#   id: aws.cloudtrail.all-regions
#   severity: Medium
#   types: ["aws:cloudtrail/trail:Trail"]
#   needs: [isMultiRegionTrail, enableLogging]
#   controls: [cis-aws-6.0/4.1, pci-dss-4.0/10.2.1, nist-800-53-r5/AC-2(4), nist-800-53-r5/AU-12, fedramp-moderate-r5/AC-2(4), fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Set isMultiRegionTrail to true, and leave enableLogging and includeGlobalServiceEvents on.
fails contains finding.of(rego.metadata.rule(), trail.urn, message) if {
	some trail in trails
	not covered
	message := sprintf("%s does not record all regions: set isMultiRegionTrail to true and keep logging on", [trail.name])
}

# One trail that does is enough.
covered if {
	some trail in trails
	property.maybe_on(trail, ["isMultiRegionTrail"])
	not property.off(trail, ["enableLogging"], true)
	not property.off(trail, ["includeGlobalServiceEvents"], true)
}

# METADATA
# title: CloudTrail log files can be validated
# custom:
#   id: aws.cloudtrail.log-validation
#   severity: Medium
#   types: ["aws:cloudtrail/trail:Trail"]
#   needs: [enableLogFileValidation]
#   controls: [cis-aws-6.0/4.2, pci-dss-4.0/10.3.2, nist-800-53-r5/AU-9, nist-800-53-r5/SI-7, fedramp-moderate-r5/AU-9, fedramp-moderate-r5/SI-7, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), hipaa/164.312(c)(1)]
#   remediation: Set enableLogFileValidation to true.
fails contains finding.of(rego.metadata.rule(), trail.urn, message) if {
	some trail in trails
	property.off(trail, ["enableLogFileValidation"], false)
	message := sprintf("%s signs no digests of its log files: set enableLogFileValidation to true", [trail.name])
}

# METADATA
# title: CloudTrail logs are encrypted with a KMS key
# custom:
#   id: aws.cloudtrail.kms
#   severity: Medium
#   types: ["aws:cloudtrail/trail:Trail"]
#   controls: [cis-aws-6.0/4.5, pci-dss-4.0/10.3.2, nist-800-53-r5/AU-9(3), nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set kmsKeyId to the ARN of a KMS key.
fails contains finding.of(rego.metadata.rule(), trail.urn, message) if {
	some trail in trails
	property.unsaid(trail, ["kmsKeyId"])
	message := sprintf("%s writes logs that no KMS key protects: set kmsKeyId", [trail.name])
}
