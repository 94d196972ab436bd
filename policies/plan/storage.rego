# METADATA
# description: Stored data is neither public nor in clear text.
package dharma.rules.plan.storage

import data.dharma.finding
import data.dharma.subject

# METADATA
# title: Object stores are not public
# custom:
#   id: dharma.storage.public
#   severity: Critical
#   controls: [cis-aws-6.0/3.1.4, cis-azure-4.0/10.3.9, cis-gcp-4.0/5.1, pci-dss-4.0/1.3.1, iso-27001-2022/A.8.1]
#   remediation: Keep public access blocked and share objects by signed URLs or a CDN in front.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	why := public_because(resource)
	message := sprintf("%s makes an object store public (%s): block public access, share by signed URLs or a CDN", [resource.name, why])
}

public_because(resource) := sprintf("acl %s", [resource.new.acl]) if {
	resource.type in {
		"aws:s3/bucket:Bucket",
		"aws:s3/bucketV2:BucketV2",
		"aws:s3/bucketAclV2:BucketAclV2",
		"aws:s3/bucketAcl:BucketAcl",
	}
	resource.new.acl in {"public-read", "public-read-write", "website"}
}

public_because(resource) := concat(", ", [name | some name in off]) if {
	resource.type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	off := [sprintf("%s is off", [name]) |
		some name in ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
		object.get(resource.new, name, false) == false
	]
	count(off) > 0
}

public_because(resource) := "allowBlobPublicAccess is on" if {
	resource.type == "azure-native:storage:StorageAccount"
	resource.new.allowBlobPublicAccess == true
}

public_because(resource) := sprintf("publicAccess %s", [resource.new.publicAccess]) if {
	resource.type == "azure-native:storage:BlobContainer"
	resource.new.publicAccess in {"Blob", "Container"}
}

public_because(resource) := sprintf("member %s", [member]) if {
	resource.type in {
		"gcp:storage/bucketIAMMember:BucketIAMMember",
		"gcp:storage/bucketIAMBinding:BucketIAMBinding",
	}
	members := {resource.new.member} | {listed | some listed in resource.new.members}
	some member in members
	member in {"allUsers", "allAuthenticatedUsers"}
}

public_because(resource) := "member allUsers or allAuthenticatedUsers" if {
	resource.type == "gcp:storage/bucketIAMBinding:BucketIAMBinding"
	some member in resource.new.members
	member in {"allUsers", "allAuthenticatedUsers"}
}

# METADATA
# title: Disks are not stored in clear text
# custom:
#   id: dharma.storage.unencrypted
#   severity: High
#   controls: [cis-aws-6.0/6.1.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, gdpr/32]
#   remediation: Set encrypted to true.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	some disk in disks(resource)
	disk.encrypted in {false, "false"}
	message := sprintf("%s turns disk encryption off: set encrypted to true", [resource.name])
}

# METADATA
# title: Disks say that they are encrypted
# custom:
#   id: dharma.storage.encryption-unsaid
#   severity: Medium
#   controls: [cis-aws-6.0/6.1.1]
#   remediation: Set encrypted to true, whatever the account's default is.
warn contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	some disk in disks(resource)
	not said(disk)
	message := sprintf("%s leaves disk encryption to the account's default: set encrypted to true", [resource.name])
}

said(disk) if not object.get(disk, "encrypted", null) in {null, ""}

disks(resource) := [resource.new] if resource.type == "aws:ebs/volume:Volume"

disks(resource) := [mapping.ebs |
	some mapping in resource.new.blockDeviceMappings
	is_object(mapping.ebs)
] if {
	resource.type == "aws:ec2/launchTemplate:LaunchTemplate"
}

disks(resource) := array.concat([resource.new.rootBlockDevice], object.get(resource.new, "ebsBlockDevices", [])) if {
	resource.type == "aws:ec2/instance:Instance"
	is_object(resource.new.rootBlockDevice)
}

# METADATA
# title: Storage is reached by TLS 1.2 or newer only
# custom:
#   id: dharma.storage.transport
#   severity: High
#   controls: [cis-azure-4.0/10.3.4, cis-azure-4.0/10.3.7, pci-dss-4.0/2.2.7, iso-27001-2022/A.8.24]
#   remediation: Keep HTTPS-only traffic on and the minimum TLS version at 1.2.
deny contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in subject.resulting
	resource.type == "azure-native:storage:StorageAccount"
	plain(resource.new)
	message := sprintf("%s accepts unencrypted or outdated connections: keep HTTPS only and TLS 1.2", [resource.name])
}

plain(account) if account.enableHttpsTrafficOnly == false

plain(account) if account.minimumTlsVersion in {"TLS1_0", "TLS1_1"}
