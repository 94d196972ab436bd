# METADATA
# description: Amazon EFS - file systems are encrypted.
package dharma.controls.aws.efs

import data.dharma.finding
import data.dharma.property

# METADATA
# title: EFS file systems are encrypted
# custom:
#   id: aws.efs.encryption
#   severity: High
#   types: ["aws:efs/fileSystem:FileSystem"]
#   needs: [encrypted]
#   controls: [cis-aws-6.0/3.3.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set encrypted to true. An existing file system has to be copied to a new one.
fails contains finding.of(rego.metadata.rule(), files.urn, message) if {
	some files in property.resources(["aws:efs/fileSystem:FileSystem"])
	property.off(files, ["encrypted"], false)
	message := sprintf("%s is stored in clear text: set encrypted to true", [files.name])
}
