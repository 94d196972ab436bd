# METADATA
# description: Amazon S3 - buckets are closed, encrypted, versioned, logged and reached by TLS only.
package dharma.controls.aws.s3

import data.dharma.finding
import data.dharma.subject

bucket_types := ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]

buckets := [bucket | some type in bucket_types; some bucket in subject.by_type[type]]

# METADATA
# title: S3 buckets keep versions
# custom:
#   id: aws.s3.versioning
#   severity: Medium
#   types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]
#   controls: [pci-dss-4.0/10.3.4, nist-800-53-r5/AU-9(2), soc-2/CC7.4]
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
	versioning.new.versioningConfiguration.status == "Enabled"
}

versioned(bucket) if bucket.new.versioning.enabled == true
