# METADATA
# description: Amazon EC2 - disks are encrypted, instance metadata asks for tokens, and machines and images are not public.
package dharma.controls.aws.ec2

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

machines := property.resources([
	"aws:ec2/instance:Instance",
	"aws:ec2/launchTemplate:LaunchTemplate",
	"aws:ec2/launchConfiguration:LaunchConfiguration",
])

# METADATA
# title: EBS volumes are encrypted
# custom:
#   id: aws.ec2.ebs-encryption
#   severity: High
#   types: ["aws:ebs/volume:Volume", "aws:ebs/encryptionByDefault:EncryptionByDefault", "aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/launchConfiguration:LaunchConfiguration"]
#   needs: [encrypted, enabled, rootBlockDevice.encrypted]
#   controls: [cis-aws-6.0/6.1.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set encrypted to true on every disk, and turn EncryptionByDefault on for the account.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in array.concat(machines, property.resources([
		"aws:ebs/volume:Volume",
		"aws:ebs/encryptionByDefault:EncryptionByDefault",
	]))
	some disk in disks(resource)
	clear(disk)
	message := sprintf("%s has disks in clear text: set %s to true", [resource.name, disk.property])
}

clear(disk) if disk.encrypted in {false, "false"}

# What nobody says is encrypted where the account encrypts by default, and as its snapshot where it is made from one.
clear(disk) if {
	disk.encrypted in {null, ""}
	snapshot := disk.snapshot
	not snapshot == subject.not_known
	not subject.said(snapshot)
	not encrypted_by_default
}

encrypted_by_default if {
	some setting in property.resources(["aws:ebs/encryptionByDefault:EncryptionByDefault"])
	not property.off(setting, ["enabled"], true)
}

disks(resource) := [disk(resource.new, "encrypted")] if resource.type == "aws:ebs/volume:Volume"

disks(resource) := [{"encrypted": property.value(resource, ["enabled"], true), "snapshot": null, "property": "enabled"}] if {
	resource.type == "aws:ebs/encryptionByDefault:EncryptionByDefault"
}

disks(resource) := [disk(mapping.ebs, "blockDeviceMappings.ebs.encrypted") |
	some mapping in property.list(resource, ["blockDeviceMappings"])
	is_object(mapping.ebs)
] if {
	resource.type == "aws:ec2/launchTemplate:LaunchTemplate"
}

# A root device that is not told of is as its image.
disks(resource) := array.concat(
	[disk(resource.new.rootBlockDevice, "rootBlockDevice.encrypted") | is_object(resource.new.rootBlockDevice)],
	[disk(device, "ebsBlockDevices.encrypted") |
		some device in property.list(resource, ["ebsBlockDevices"])
		not device.noDevice
	],
) if {
	resource.type in {"aws:ec2/instance:Instance", "aws:ec2/launchConfiguration:LaunchConfiguration"}
}

disk(of, name) := {
	"encrypted": object.get(of, "encrypted", null),
	"snapshot": object.get(of, "snapshotId", null),
	"property": name,
}

# METADATA
# title: Instance metadata asks for tokens (IMDSv2)
# custom:
#   id: aws.ec2.imdsv2
#   severity: High
#   types: ["aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/launchConfiguration:LaunchConfiguration"]
#   needs: [metadataOptions.httpTokens]
#   controls: [cis-aws-6.0/6.7, pci-dss-4.0/8.2.8, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.20, soc-2/CC6.1, hipaa/164.312(a)(1)]
#   remediation: Set metadataOptions.httpTokens to required.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	not property.value(machine, ["metadataOptions", "httpEndpoint"], "enabled") == "disabled"
	property.value(machine, ["metadataOptions", "httpTokens"], default_tokens(machine)) in {"optional", "no-preference"}
	message := sprintf("%s gives its role's keys to whoever can make it fetch a URL: set metadataOptions.httpTokens to required", [machine.name])
}

# An instance of a launch template is as the template says, and that is judged by itself.
default_tokens(machine) := "template" if {
	not property.unsaid(machine, ["launchTemplate"])
} else := "required" if {
	some setting in property.resources(["aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"])
	setting.new.httpTokens == "required"
} else := "optional"

# METADATA
# title: Instances have no public address
# custom:
#   id: aws.ec2.public-ip
#   severity: High
#   types: ["aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/launchConfiguration:LaunchConfiguration"]
#   needs: [associatePublicIpAddress]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-4, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(a)(1)]
#   remediation: Set associatePublicIpAddress to false, and reach instances by a load balancer or Session Manager.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	public(machine)
	message := sprintf("%s has a public address: set associatePublicIpAddress to false and put a load balancer before it", [machine.name])
}

public(machine) if property.on(machine, ["associatePublicIpAddress"], false)

public(machine) if {
	some interface in property.list(machine, ["networkInterfaces"])
	interface.associatePublicIpAddress in {true, "true"}
}

# METADATA
# title: Images and snapshots are not public
# custom:
#   id: aws.ec2.public-image
#   severity: Critical
#   types: ["aws:ec2/amiLaunchPermission:AmiLaunchPermission", "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"]
#   needs: [group, state]
#   controls: [pci-dss-4.0/1.3.1, pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Share with accounts or an organisation, and block public sharing.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources([
		"aws:ec2/amiLaunchPermission:AmiLaunchPermission",
		"aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
		"aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
	])
	shared(resource.new)
	message := sprintf("%s shares images or snapshots with everybody: name accounts, and block public sharing", [resource.name])
}

shared(setting) if setting.group == "all"

shared(setting) if setting.state == "unblocked"
