# METADATA
# description: AWS Secrets Manager - secrets rotate, and nobody in particular may read them.
package dharma.controls.aws.secretsmanager

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

secrets := property.resources(["aws:secretsmanager/secret:Secret"])

# METADATA
# title: Secrets rotate
# custom:
#   id: aws.secretsmanager.rotation
#   severity: Low
#   types: ["aws:secretsmanager/secret:Secret"]
#   controls: [pci-dss-4.0/8.6.3, nist-800-53-r5/IA-5, fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.17, soc-2/CC6.1, hipaa/164.308(a)(5)(ii)(D), gdpr/32]
#   remediation: Add a SecretRotation for the secret.
fails contains finding.of(rego.metadata.rule(), secret.urn, message) if {
	some secret in secrets
	count(subject.attached(secret, ["aws:secretsmanager/secretRotation:SecretRotation"], "secretId")) == 0
	message := sprintf("%s never changes by itself: add a SecretRotation with its secretId", [secret.name])
}

# METADATA
# title: Policies of secrets say who is allowed
# custom:
#   id: aws.secretsmanager.public-policy
#   severity: Critical
#   types: ["aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"]
#   needs: [policy]
#   controls: [pci-dss-4.0/7.2.1, pci-dss-4.0/8.3.2, nist-800-53-r5/AC-3, nist-800-53-r5/IA-5, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.15, iso-27001-2022/A.5.17, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principals, set blockPublicPolicy, or narrow the statement by aws:PrincipalOrgID.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(secrets, property.resources(["aws:secretsmanager/secretPolicy:SecretPolicy"]))
	some statement in document.statements(resource.new.policy)
	document.allows_anyone(statement)
	message := sprintf("%s lets everybody at the secret: name the principals and set blockPublicPolicy", [resource.name])
}
