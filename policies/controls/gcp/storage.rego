# METADATA
# description: Cloud Storage - buckets are nobody's but their owner's, with one kind of access control, and logs can't be removed.
package dharma.controls.gcp.storage

import data.dharma.controls.gcp.grant
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

buckets := property.resources(["gcp:storage/bucket:Bucket"])

# METADATA
# title: Buckets are not public
# custom:
#   id: gcp.storage.public
#   severity: Critical
#   types: ["gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:storage/bucketIAMBinding:BucketIAMBinding", "gcp:storage/bucketIAMPolicy:BucketIAMPolicy", "gcp:storage/bucketAccessControl:BucketAccessControl", "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl", "gcp:storage/bucketACL:BucketACL", "gcp:storage/defaultObjectACL:DefaultObjectACL"]
#   needs: [member, members, policyData]
#   controls: [
#       cis-gcp-4.0/5.1, pci-dss-4.0/1.2.8, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.1, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/25, gdpr/32
#     ]
#   remediation: Name the members; share objects by signed URLs or a CDN in front.
fails contains finding.of(rego.metadata.rule(), opening.urn, message) if {
	some opening in property.resources([
		"gcp:storage/bucketIAMMember:BucketIAMMember",
		"gcp:storage/bucketIAMBinding:BucketIAMBinding",
		"gcp:storage/bucketIAMPolicy:BucketIAMPolicy",
		"gcp:storage/bucketAccessControl:BucketAccessControl",
		"gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl",
		"gcp:storage/bucketACL:BucketACL",
		"gcp:storage/defaultObjectACL:DefaultObjectACL",
	])
	who := sort({name | some name in grant.everybody(opening)} | by_list(opening))
	count(who) > 0
	message := sprintf("%s opens a bucket to %s: name the members", [opening.name, concat(", ", who)])
}

# Access control lists, of before IAM.
by_list(list) := {entity |
	some entity in array.concat(
		[entity | entity := list.new.entity],
		[split(pair, ":")[1] | some pair in property.list(list, ["roleEntities"])],
	)
	entity in {"allUsers", "allAuthenticatedUsers"}
} | {acl |
	some key in ["predefinedAcl", "defaultAcl"]
	acl := list.new[key]
	acl in {"publicRead", "publicReadWrite", "authenticatedRead"}
}

# METADATA
# title: Buckets have one kind of access control
# custom:
#   id: gcp.storage.uniform-access
#   severity: Medium
#   types: ["gcp:storage/bucket:Bucket"]
#   needs: [uniformBucketLevelAccess]
#   controls: [
#       cis-gcp-4.0/5.2, pci-dss-4.0/1.2.8, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3,
#       nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.3
#     ]
#   remediation: Set uniformBucketLevelAccess to true.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	property.off(bucket, ["uniformBucketLevelAccess"], false)
	message := sprintf("%s lets each object have an access list: set uniformBucketLevelAccess to true", [bucket.name])
}

# METADATA
# title: Buckets that logs go to are locked
# custom:
#   id: gcp.storage.log-bucket-lock
#   severity: Medium
#   types: ["gcp:logging/projectSink:ProjectSink", "gcp:logging/folderSink:FolderSink", "gcp:logging/organizationSink:OrganizationSink"]
#   controls: [
#       cis-gcp-4.0/2.3, pci-dss-4.0/10.2.1, pci-dss-4.0/10.3.2, nist-800-53-r5/AU-9, fedramp-moderate-r5/AU-9,
#       nist-800-53-r5/AU-11, fedramp-moderate-r5/AU-11, iso-27001-2022/A.8.15, iso-27001-2022/A.8.16, soc-2/CC7.2,
#       hipaa/164.312(b)
#     ]
#   remediation: Give the bucket a retentionPolicy with isLocked true.
fails contains finding.of(rego.metadata.rule(), sink.urn, message) if {
	some sink in property.resources([
		"gcp:logging/projectSink:ProjectSink",
		"gcp:logging/folderSink:FolderSink",
		"gcp:logging/organizationSink:OrganizationSink",
	])
	loose := sort({bucket.name |
		some bucket in buckets
		goes_to(sink, bucket)
		property.off(bucket, ["retentionPolicy", "isLocked"], false)
	})
	count(loose) > 0
	message := sprintf(
		"%s sends logs to %s, where they can be removed: set retentionPolicy.isLocked to true there",
		[sink.name, concat(", ", loose)],
	)
}

goes_to(sink, bucket) if bucket.urn in sink.references.destination

goes_to(sink, bucket) if {
	some path in [["new", "name"], ["id"], ["outputs", "name"]]
	name := object.get(bucket, path, "")
	subject.said(name)
	sink.new.destination == concat("/", ["storage.googleapis.com", name])
}

# METADATA
# title: Buckets can't be made public
# custom:
#   id: gcp.storage.public-access-prevention
#   severity: Medium
#   types: ["gcp:storage/bucket:Bucket"]
#   needs: [publicAccessPrevention]
#   controls: [
#       pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, nist-800-53-r5/SC-7(5),
#       fedramp-moderate-r5/SC-7(5), iso-27001-2022/A.8.3, soc-2/CC6.1, gdpr/25
#     ]
#   remediation: Set publicAccessPrevention to enforced.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	property.one_of(bucket, ["publicAccessPrevention"], "inherited", {"inherited", "unspecified"})
	message := sprintf("%s may be made public: set publicAccessPrevention to enforced", [bucket.name])
}

# METADATA
# title: Buckets keep versions, or a retention policy
# custom:
#   id: gcp.storage.versioning
#   severity: Low
#   types: ["gcp:storage/bucket:Bucket"]
#   needs: [versioning.enabled]
#   controls: [
#       pci-dss-4.0/10.3.3, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.13, soc-2/CC7.4,
#       hipaa/164.308(a)(7)(ii)(A)
#     ]
#   remediation: Set versioning.enabled to true.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	property.off(bucket, ["versioning", "enabled"], false)
	property.value(bucket, ["retentionPolicy"], null) == null
	message := sprintf("%s keeps no versions: set versioning.enabled to true", [bucket.name])
}

# METADATA
# title: Buckets are encrypted with the customer's key
# custom:
#   id: gcp.storage.customer-key
#   severity: Low
#   types: ["gcp:storage/bucket:Bucket"]
#   needs: [encryption.defaultKmsKeyName]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set encryption.defaultKmsKeyName.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	property.unsaid(bucket, ["encryption", "defaultKmsKeyName"])
	message := sprintf("%s is encrypted with Google's key: set encryption.defaultKmsKeyName", [bucket.name])
}
