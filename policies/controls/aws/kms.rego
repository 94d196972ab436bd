# METADATA
# description: AWS KMS - keys rotate, and nobody in particular may use them.
package dharma.controls.aws.kms

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property

# METADATA
# title: Symmetric KMS keys rotate
# custom:
#   id: aws.kms.rotation
#   severity: Medium
#   types: ["aws:kms/key:Key"]
#   needs: [enableKeyRotation]
#   controls: [cis-aws-6.0/4.6, pci-dss-4.0/3.7.4, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set enableKeyRotation to true.
fails contains finding.of(rego.metadata.rule(), key.urn, message) if {
	some key in property.resources(["aws:kms/key:Key"])
	rotatable(key)
	property.off(key, ["enableKeyRotation"], false)
	message := sprintf("%s never rotates: set enableKeyRotation to true", [key.name])
}

# KMS rotates symmetric encryption keys of its own store only (KMS Developer Guide, "Rotating keys").
rotatable(key) if {
	property.value(key, ["customerMasterKeySpec"], "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
	property.value(key, ["keyUsage"], "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
	property.unsaid(key, ["customKeyStoreId"])
	property.unsaid(key, ["xksKeyId"])
}

# METADATA
# title: KMS key policies say who is allowed
# custom:
#   id: aws.kms.public-policy
#   severity: Critical
#   types: ["aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"]
#   needs: [policy]
#   controls: [pci-dss-4.0/3.6.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/SC-12, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-12, iso-27001-2022/A.5.15, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principals, or narrow the statement by kms:CallerAccount or aws:PrincipalOrgID.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources(["aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"])
	some statement in document.statements(resource.new.policy)
	document.allows_anyone(statement)
	message := sprintf("%s lets everybody use the key: name the principals, or narrow it by kms:CallerAccount", [resource.name])
}
