# METADATA
# description: Amazon DynamoDB - tables can be restored.
package dharma.controls.aws.dynamodb

import data.dharma.finding
import data.dharma.property

tables := property.resources(["aws:dynamodb/table:Table"])

# METADATA
# title: DynamoDB tables can be restored to any point in time
# custom:
#   id: aws.dynamodb.recovery
#   severity: Medium
#   types: ["aws:dynamodb/table:Table"]
#   needs: [pointInTimeRecovery.enabled]
#   controls: [pci-dss-4.0/10.5.1, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.13, soc-2/CC7.4, soc-2/A1.2, hipaa/164.308(a)(7)(ii)(A), gdpr/32]
#   remediation: Set pointInTimeRecovery.enabled to true.
fails contains finding.of(rego.metadata.rule(), table.urn, message) if {
	some table in tables
	property.off(table, ["pointInTimeRecovery", "enabled"], false)
	message := sprintf("%s can't be restored: set pointInTimeRecovery.enabled to true", [table.name])
}

# METADATA
# title: DynamoDB tables are protected from deletion
# custom:
#   id: aws.dynamodb.deletion-protection
#   severity: Low
#   types: ["aws:dynamodb/table:Table"]
#   needs: [deletionProtectionEnabled]
#   controls: [nist-800-53-r5/CM-3, nist-800-53-r5/CP-9, fedramp-moderate-r5/CM-3, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.10, soc-2/CC8.1, hipaa/164.312(c)(1)]
#   remediation: Set deletionProtectionEnabled to true.
fails contains finding.of(rego.metadata.rule(), table.urn, message) if {
	some table in tables
	property.off(table, ["deletionProtectionEnabled"], false)
	message := sprintf("%s can be deleted by one call: set deletionProtectionEnabled to true", [table.name])
}
