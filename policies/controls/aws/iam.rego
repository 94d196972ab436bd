# METADATA
# description: AWS IAM - nobody may do everything, people get rights by groups and roles, and passwords are long.
package dharma.controls.aws.iam

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

# METADATA
# title: IAM policies do not allow everything
# custom:
#   id: aws.iam.full-access
#   severity: High
#   types: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy", "aws:iam/role:Role"]
#   needs: [policy]
#   controls: [cis-aws-6.0/2.15, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3, hipaa/164.308(a)(3)(i), gdpr/25]
#   remediation: Name the actions and resources that are needed in place of "*".
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:iam/policy:Policy",
		"aws:iam/rolePolicy:RolePolicy",
		"aws:iam/userPolicy:UserPolicy",
		"aws:iam/groupPolicy:GroupPolicy",
		"aws:iam/role:Role",
	])
	some policy in policies_of(resource)
	some statement in document.statements(policy)
	document.allows_everything(statement)
	message := sprintf("%s allows every action on every resource: name those that are needed", [resource.name])
}

policies_of(resource) := [inline.policy | some inline in property.list(resource, ["inlinePolicies"])] if {
	resource.type == "aws:iam/role:Role"
} else := [property.value(resource, ["policy"], "")]

# METADATA
# title: Nobody is given AdministratorAccess
# custom:
#   id: aws.iam.administrator-access
#   severity: High
#   types: ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment", "aws:iam/role:Role"]
#   needs: [policyArn]
#   controls: [cis-aws-6.0/2.15, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.2, soc-2/CC6.3, hipaa/164.308(a)(3)(i), gdpr/25]
#   remediation: Attach a policy with the rights that are needed.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		"aws:iam/userPolicyAttachment:UserPolicyAttachment",
		"aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
		"aws:iam/policyAttachment:PolicyAttachment",
		"aws:iam/role:Role",
	])
	some arn in array.concat(property.list(resource, ["policyArn"]), property.list(resource, ["managedPolicyArns"]))
	endswith(arn, ":iam::aws:policy/AdministratorAccess")
	message := sprintf("%s gives AdministratorAccess: attach a policy with the rights that are needed", [resource.name])
}

# METADATA
# title: People get rights by groups and roles
# custom:
#   id: aws.iam.user-policies
#   severity: Low
#   types: ["aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment"]
#   controls: [cis-aws-6.0/2.14, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-2, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-2, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3]
#   remediation: Attach the policy to a group or a role.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:iam/userPolicy:UserPolicy",
		"aws:iam/userPolicyAttachment:UserPolicyAttachment",
		"aws:iam/policyAttachment:PolicyAttachment",
	])
	to_user(resource)
	message := sprintf("%s gives rights to a user: attach the policy to a group or a role", [resource.name])
}

to_user(resource) if resource.type != "aws:iam/policyAttachment:PolicyAttachment"

to_user(resource) if count(property.list(resource, ["users"])) > 0

# METADATA
# title: Passwords have 14 characters or more
# custom:
#   id: aws.iam.password-length
#   severity: Medium
#   types: ["aws:iam/accountPasswordPolicy:AccountPasswordPolicy"]
#   needs: [minimumPasswordLength]
#   controls: [cis-aws-6.0/2.7, pci-dss-4.0/8.3.6, nist-800-53-r5/AC-2(1), nist-800-53-r5/IA-5(1), fedramp-moderate-r5/AC-2(1), fedramp-moderate-r5/IA-5(1), iso-27001-2022/A.5.17, soc-2/CC6.1, hipaa/164.308(a)(5)(ii)(D)]
#   remediation: Set minimumPasswordLength to 14 or more.
fails contains finding.of(rego.metadata.rule(), policy.urn, message) if {
	some policy in property.resources(["aws:iam/accountPasswordPolicy:AccountPasswordPolicy"])

	# 6 is what IAM takes where nothing is said (API reference of UpdateAccountPasswordPolicy).
	length := property.number(property.value(policy, ["minimumPasswordLength"], 6))
	length < 14
	message := sprintf("%s takes passwords of %d characters: set minimumPasswordLength to 14 or more", [policy.name, length])
}

# METADATA
# title: Passwords are not used again
# custom:
#   id: aws.iam.password-reuse
#   severity: Low
#   types: ["aws:iam/accountPasswordPolicy:AccountPasswordPolicy"]
#   needs: [passwordReusePrevention]
#   controls: [cis-aws-6.0/2.8, pci-dss-4.0/8.3.7, nist-800-53-r5/IA-5(1), fedramp-moderate-r5/IA-5(1), iso-27001-2022/A.5.17, soc-2/CC6.1, hipaa/164.308(a)(5)(ii)(D)]
#   remediation: Set passwordReusePrevention to 24.
fails contains finding.of(rego.metadata.rule(), policy.urn, message) if {
	some policy in property.resources(["aws:iam/accountPasswordPolicy:AccountPasswordPolicy"])
	remembered := property.number(property.value(policy, ["passwordReusePrevention"], 0))
	remembered < 24
	message := sprintf("%s remembers %d passwords: set passwordReusePrevention to 24", [policy.name, remembered])
}

# METADATA
# title: Roles say who may take them
# custom:
#   id: aws.iam.open-trust
#   severity: Critical
#   types: ["aws:iam/role:Role"]
#   needs: [assumeRolePolicy]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principals of assumeRolePolicy, or narrow it by aws:PrincipalOrgID.
fails contains finding.of(rego.metadata.rule(), role.urn, message) if {
	some role in subject.by_type["aws:iam/role:Role"]
	some statement in document.statements(role.new.assumeRolePolicy)
	document.allows_anyone(statement)
	not external(statement)
	message := sprintf("%s can be taken by anybody: name the principals in assumeRolePolicy", [role.name])
}

external(statement) if statement.Condition.StringEquals["sts:ExternalId"]
