# METADATA
# description: Google Cloud's IAM - no keys that leak, no accounts of programs that administer, no basic roles, everything audited.
package dharma.controls.gcp.iam

import data.dharma.controls.gcp.grant
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

# Who is given a role on a whole project.
grantors := property.resources([
	"gcp:projects/iAMMember:IAMMember",
	"gcp:projects/iAMBinding:IAMBinding",
	"gcp:projects/iAMPolicy:IAMPolicy",
])

# METADATA
# title: Service accounts have no keys of users
# custom:
#   id: gcp.iam.service-account-keys
#   severity: High
#   types: ["gcp:serviceaccount/key:Key", "gcp:serviceaccount/account:Account"]
#   controls: [
#       cis-gcp-4.0/1.4, pci-dss-4.0/8.6.3, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-5,
#       fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.15, iso-27001-2022/A.5.17, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Remove the key; use attached accounts, workload identity federation or impersonation.
fails contains finding.of(rego.metadata.rule(), key.urn, message) if {
	some key in subject.by_type["gcp:serviceaccount/key:Key"]
	message := sprintf("%s is a key that may leak: use an attached account or workload identity federation", [key.name])
}

# METADATA
# title: Service accounts don't administer projects
# custom:
#   id: gcp.iam.service-account-admin
#   severity: High
#   types: ["gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding", "gcp:projects/iAMPolicy:IAMPolicy"]
#   needs: [role]
#   controls: [
#       cis-gcp-4.0/1.5, pci-dss-4.0/7.2.1, pci-dss-4.0/7.2.5, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6,
#       nist-800-53-r5/AC-6(5), fedramp-moderate-r5/AC-6(5), iso-27001-2022/A.8.2, soc-2/CC6.3,
#       hipaa/164.308(a)(4)(ii)(B), gdpr/25
#     ]
#   remediation: Give the roles that are needed in place of an administrator's.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in grantors
	roles := sort({role | some role in roles_of_programs(grantor); administers(role)})
	count(roles) > 0
	message := sprintf("%s gives a service account %s: give the roles that are needed", [grantor.name, concat(", ", roles)])
}

administers(role) if role in {"roles/owner", "roles/editor"}

administers(role) if regex.match(`^roles/.*[aA]dmin$`, role)

# The roles that service accounts get: members by name, and those that are accounts of this Blueprint.
roles_of_programs(grantor) := {given.role |
	some given in grant.of(grantor)
	startswith(given.member, "serviceAccount:")
	endswith(given.member, ".iam.gserviceaccount.com")
} | {role |
	role := grantor.new.role
	some key in ["member", "members"]
	some urn in grantor.references[key]
	urn in accounts
}

accounts := {account.urn | some account in subject.by_type["gcp:serviceaccount/account:Account"]}

# METADATA
# title: Acting as service accounts is not given for whole projects
# custom:
#   id: gcp.iam.impersonation
#   severity: Medium
#   types: ["gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding", "gcp:projects/iAMPolicy:IAMPolicy"]
#   needs: [role]
#   controls: [
#       cis-gcp-4.0/1.6, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, iso-27001-2022/A.8.2, soc-2/CC6.3
#     ]
#   remediation: Give roles/iam.serviceAccountUser and serviceAccountTokenCreator on the account that is needed.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in grantors
	roles := sort(roles_of(grantor) & {"roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator"})
	count(roles) > 0
	message := sprintf(
		"%s gives %s for every account: give it on the account that is needed",
		[grantor.name, concat(", ", roles)],
	)
}

# METADATA
# title: Nobody is given a basic role
# custom:
#   id: gcp.iam.basic-roles
#   severity: Medium
#   types: ["gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding", "gcp:projects/iAMPolicy:IAMPolicy"]
#   needs: [role]
#   controls: [
#       pci-dss-4.0/7.2.1, pci-dss-4.0/7.2.2, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.18,
#       iso-27001-2022/A.8.2, soc-2/CC6.3, hipaa/164.308(a)(4)(ii)(B), gdpr/25
#     ]
#   remediation: Give predefined or custom roles in place of owner and editor.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in grantors
	roles := sort({role | some role in roles_of(grantor); role in {"roles/owner", "roles/editor"}})
	count(roles) > 0
	message := sprintf("%s gives %s: give predefined roles", [grantor.name, concat(", ", roles)])
}

roles_of(grantor) := {given.role | some given in grant.of(grantor)} | {role | role := grantor.new.role}

# METADATA
# title: Projects are not everybody's
# custom:
#   id: gcp.iam.public
#   severity: Critical
#   types: ["gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding", "gcp:projects/iAMPolicy:IAMPolicy"]
#   needs: [member, members, policyData]
#   controls: [
#       pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/AC-6,
#       fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/25, gdpr/32
#     ]
#   remediation: Name the members.
fails contains finding.of(rego.metadata.rule(), grantor.urn, message) if {
	some grantor in grantors
	who := grant.everybody(grantor)
	count(who) > 0
	message := sprintf("%s opens a project to %s: name the members", [grantor.name, concat(", ", who)])
}

# METADATA
# title: Reading and writing of data is audited, without exemption
# custom:
#   id: gcp.iam.audit-logs
#   severity: Medium
#   types: ["gcp:projects/iAMAuditConfig:IAMAuditConfig"]
#   needs: [auditLogConfigs]
#   controls: [
#       cis-gcp-4.0/2.1, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Log ADMIN_READ, DATA_READ and DATA_WRITE for allServices and leave exemptedMembers empty.
fails contains finding.of(rego.metadata.rule(), audit.urn, message) if {
	some audit in subject.by_type["gcp:projects/iAMAuditConfig:IAMAuditConfig"]
	logs := property.value(audit, ["auditLogConfigs"], [])
	is_array(logs)
	recorded := {log.logType | some log in logs; object.get(log, "exemptedMembers", []) == []}
	missing := wanted(audit) - recorded
	count(missing) > 0
	message := sprintf("%s doesn't record %s for everybody: add these log types", [audit.name, concat(", ", sort(missing))])
}

# Of one service alone, only what is said is asked to be for everybody.
wanted(audit) := {"ADMIN_READ", "DATA_READ", "DATA_WRITE"} if audit.new.service == "allServices"

wanted(audit) := {log.logType | some log in audit.new.auditLogConfigs} if audit.new.service != "allServices"
