# METADATA
# description: Amazon S3 - buckets are closed, encrypted, versioned, logged and reached by TLS only.
package dharma.controls.aws.s3

import data.dharma.controls.aws.document
import data.dharma.finding
import data.dharma.property
import data.dharma.subject

buckets := property.resources(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"])

bucket_policies := property.resources(["aws:s3/bucketPolicy:BucketPolicy"])

# METADATA
# title: S3 public access blocks have no gap
# custom:
#   id: aws.s3.public-access-block
#   severity: Critical
#   types: ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"]
#   needs: [blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets]
#   controls: [cis-aws-6.0/3.1.4, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3, iso-27001-2022/A.8.1, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/25]
#   remediation: Set blockPublicAcls, blockPublicPolicy, ignorePublicAcls and restrictPublicBuckets to true.
fails contains finding.of(rego.metadata.rule(), block.urn, message) if {
	some block in property.resources([
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
	])
	gaps := [name |
		some name in ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
		property.off(block, [name], false)
	]
	count(gaps) > 0
	message := sprintf("%s leaves public access open: set %s to true", [block.name, concat(", ", gaps)])
}

# METADATA
# title: S3 buckets say that public access is blocked
# description: S3 blocks public access to new buckets since April 2023, so this is about buckets that are older or imported.
# custom:
#   id: aws.s3.public-access-said
#   severity: Low
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]
#   controls: [nist-800-53-r5/CM-6, fedramp-moderate-r5/CM-6, iso-27001-2022/A.8.9, soc-2/CC7.1]
#   remediation: Add a BucketPublicAccessBlock for the bucket with all four switches on.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	blocks := subject.attached(bucket, ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"], "bucket")
	count(blocks) == 0
	not account_blocked
	message := sprintf("%s leaves public access to the bucket's age: add a BucketPublicAccessBlock", [bucket.name])
}

account_blocked if subject.by_type["aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"]

# METADATA
# title: S3 buckets have no public ACL
# custom:
#   id: aws.s3.public-acl
#   severity: Critical
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"]
#   needs: [acl, grants, accessControlPolicy]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Use the ACL private, and share objects by signed URLs or a CDN.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(buckets, property.resources([
		"aws:s3/bucketAcl:BucketAcl",
		"aws:s3/bucketAclV2:BucketAclV2",
	]))
	why := public_acl(resource)
	message := sprintf("%s grants everybody access (%s): use the ACL private", [resource.name, why])
}

public_acl(resource) := resource.new.acl if {
	resource.new.acl in {"public-read", "public-read-write", "authenticated-read", "website"}
} else := "grant to a public group" if {
	some grant in array.concat(
		property.list(resource, ["grants"]),
		property.list(resource, ["accessControlPolicy", "grants"]),
	)
	uri := object.get(grant, "uri", object.get(grant, ["grantee", "uri"], ""))
	some group in ["global/AllUsers", "global/AuthenticatedUsers"]
	endswith(uri, group)
}

# METADATA
# title: S3 bucket policies say who is allowed
# custom:
#   id: aws.s3.public-policy
#   severity: Critical
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/bucketPolicy:BucketPolicy"]
#   needs: [policy]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principals, or narrow the statement by aws:PrincipalOrgID, aws:SourceArn or aws:SourceVpce.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(buckets, bucket_policies)
	anyone_allowed(resource)
	message := sprintf("%s allows everybody: name the principals, or narrow it by aws:PrincipalOrgID or aws:SourceArn", [resource.name])
}

anyone_allowed(resource) if {
	some statement in document.statements(resource.new.policy)
	document.allows_anyone(statement)
}

# METADATA
# title: S3 buckets refuse requests without TLS
# custom:
#   id: aws.s3.tls-only
#   severity: High
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/bucketPolicy:BucketPolicy"]
#   needs: [policy]
#   controls: [cis-aws-6.0/3.1.1, pci-dss-4.0/2.2.7, pci-dss-4.0/4.2.1, nist-800-53-r5/AC-17(2), nist-800-53-r5/SC-8(1), fedramp-moderate-r5/AC-17(2), fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Add to the bucket's policy a statement that denies s3:* to * where aws:SecureTransport is false.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(buckets_without_policy, bucket_policies)
	plain(resource)
	message := sprintf("%s accepts requests without TLS: deny s3:* to * where aws:SecureTransport is false", [resource.name])
}

# A bucket whose policy is beside it is judged by that.
buckets_without_policy := [bucket |
	some bucket in buckets
	count(subject.attached(bucket, ["aws:s3/bucketPolicy:BucketPolicy"], "bucket")) == 0
]

plain(resource) if {
	policy := property.value(resource, ["policy"], {"Statement": []})
	document.readable(policy)
	refusals := [statement | some statement in document.statements(policy); document.refuses_plain(statement)]
	count(refusals) == 0
}

# METADATA
# title: S3 buckets are encrypted with a KMS key
# description: S3 encrypts every object with keys of its own since January 2023; those can't be audited, disabled or limited.
# custom:
#   id: aws.s3.encryption
#   severity: Medium
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]
#   controls: [pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/PI1.4, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms for the bucket.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	not kms_encrypted(bucket)
	not takes_logs(bucket)
	message := sprintf("%s is not encrypted with a KMS key: add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms", [bucket.name])
}

kms := {"aws:kms", "aws:kms:dsse", subject.not_known}

kms_encrypted(bucket) if {
	some configuration in subject.attached(
		bucket,
		[
			"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
			"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		],
		"bucket",
	)
	kms_configured(configuration)
}

kms_encrypted(bucket) if {
	path := ["serverSideEncryptionConfiguration", "rule", "applyServerSideEncryptionByDefault", "sseAlgorithm"]
	property.value(bucket, path, "AES256") in kms
}

kms_configured(configuration) if property.value(configuration, ["rules"], []) == subject.not_known

kms_configured(configuration) if {
	some rule in configuration.new.rules
	rule.applyServerSideEncryptionByDefault.sseAlgorithm in kms
}

# Access logs can be delivered only to buckets without a KMS key (S3 and Elastic Load Balancing user guides).
takes_logs(bucket) if {
	count(subject.attached(bucket, logging_types, "targetBucket")) > 0
}

takes_logs(bucket) if {
	some balancer in property.resources([
		"aws:lb/loadBalancer:LoadBalancer",
		"aws:alb/loadBalancer:LoadBalancer",
		"aws:elb/loadBalancer:LoadBalancer",
	])
	logs_to(balancer, bucket)
}

logs_to(balancer, bucket) if bucket.urn in balancer.references.accessLogs

logs_to(balancer, bucket) if balancer.new.accessLogs.bucket in subject.identities(bucket)

logging_types := ["aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2"]

# METADATA
# title: S3 buckets keep versions
# custom:
#   id: aws.s3.versioning
#   severity: Medium
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]
#   controls: [pci-dss-4.0/10.3.4, nist-800-53-r5/AU-9(2), iso-27001-2022/A.8.13, soc-2/CC7.4, hipaa/164.312(c)(1)]
#   remediation: Add a BucketVersioning with status Enabled for the bucket.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	not versioned(bucket)
	message := sprintf("%s keeps no versions: add a BucketVersioning with status Enabled", [bucket.name])
}

versioned(bucket) if {
	some versioning in subject.attached(
		bucket,
		["aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"],
		"bucket",
	)
	property.value(versioning, ["versioningConfiguration", "status"], "Disabled") in {"Enabled", subject.not_known}
}

versioned(bucket) if property.maybe_on(bucket, ["versioning", "enabled"])

# METADATA
# title: S3 buckets log who reads them
# custom:
#   id: aws.s3.access-logs
#   severity: Medium
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]
#   controls: [pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Add a BucketLogging for the bucket with a targetBucket of its own.
fails contains finding.of(rego.metadata.rule(), bucket.urn, message) if {
	some bucket in buckets
	not logged(bucket)
	not takes_logs(bucket)
	message := sprintf("%s logs no access: add a BucketLogging with a targetBucket", [bucket.name])
}

logged(bucket) if count(subject.attached(bucket, logging_types, "bucket")) > 0

logged(bucket) if not property.unsaid(bucket, ["logging", "targetBucket"])
