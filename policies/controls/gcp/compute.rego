# METADATA
# description: Compute Engine - machines without public addresses, started shielded, opened by OS Login, with keys of one's own.
package dharma.controls.gcp.compute

import data.dharma.finding
import data.dharma.property

instance_types := ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]

instances := property.resources(instance_types)

# METADATA
# title: Machines have no public address
# custom:
#   id: gcp.compute.public-ip
#   severity: High
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [networkInterfaces]
#   controls: [
#       cis-gcp-4.0/4.9, pci-dss-4.0/1.4.2, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.1, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Leave accessConfigs out; use Cloud NAT to go out and a load balancer to come in.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	public := [key |
		some interface in property.list(instance, ["networkInterfaces"])
		some key in ["accessConfigs", "ipv6AccessConfigs"]
		is_array(interface[key])
		count(interface[key]) > 0
	]
	count(public) > 0
	message := sprintf("%s has a public address: leave accessConfigs out of networkInterfaces", [instance.name])
}

# A virtual TPM and integrity monitoring are on by default where the image can.

# METADATA
# title: Machines are shielded
# custom:
#   id: gcp.compute.shielded
#   severity: Medium
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [shieldedInstanceConfig]
#   controls: [
#       cis-gcp-4.0/4.8, pci-dss-4.0/2.2.1, nist-800-53-r5/SI-7, fedramp-moderate-r5/SI-7, nist-800-53-r5/SI-7(1),
#       fedramp-moderate-r5/SI-7(1), iso-27001-2022/A.8.9, soc-2/CC6.8
#     ]
#   remediation: Keep enableVtpm and enableIntegrityMonitoring of shieldedInstanceConfig true.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	off := [key |
		some key in ["enableIntegrityMonitoring", "enableVtpm"]
		property.off(instance, ["shieldedInstanceConfig", key], true)
	]
	count(off) > 0
	message := sprintf("%s turns shieldedInstanceConfig.%s off: set it to true", [instance.name, concat(" and ", off)])
}

# METADATA
# title: Machines start what is signed
# custom:
#   id: gcp.compute.secure-boot
#   severity: Low
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [shieldedInstanceConfig.enableSecureBoot]
#   controls: [
#       pci-dss-4.0/2.2.1, nist-800-53-r5/SI-7, fedramp-moderate-r5/SI-7, nist-800-53-r5/SI-7(1),
#       fedramp-moderate-r5/SI-7(1), iso-27001-2022/A.8.9, soc-2/CC6.8
#     ]
#   remediation: Set shieldedInstanceConfig.enableSecureBoot to true.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.off(instance, ["shieldedInstanceConfig", "enableSecureBoot"], false)
	message := sprintf("%s starts whatever its disk holds: set shieldedInstanceConfig.enableSecureBoot to true", [instance.name])
}

# METADATA
# title: People are let in by OS Login
# custom:
#   id: gcp.compute.os-login
#   severity: Medium
#   types: ["gcp:compute/projectMetadata:ProjectMetadata", "gcp:compute/projectMetadataItem:ProjectMetadataItem", "gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [metadata, value]
#   controls: [
#       cis-gcp-4.0/4.4, pci-dss-4.0/8.2.1, nist-800-53-r5/AC-2, fedramp-moderate-r5/AC-2, nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, iso-27001-2022/A.5.16, soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set the metadata enable-oslogin to TRUE for the project, and don't turn it off on machines.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources(array.concat(
		instance_types,
		["gcp:compute/projectMetadata:ProjectMetadata", "gcp:compute/projectMetadataItem:ProjectMetadataItem"],
	))
	without_os_login(resource)
	message := sprintf("%s lets people in by keys of their own: set the metadata enable-oslogin to TRUE", [resource.name])
}

without_os_login(project) if {
	project.type == "gcp:compute/projectMetadata:ProjectMetadata"
	property.other_than(project, ["metadata", "enable-oslogin"], "FALSE", {"true"})
}

without_os_login(item) if {
	item.new.key == "enable-oslogin"
	property.other_than(item, ["value"], "FALSE", {"true"})
}

without_os_login(instance) if {
	instance.type in instance_types
	property.other_than(instance, ["metadata", "enable-oslogin"], "TRUE", {"true"})
}

# METADATA
# title: Machines take no keys of the whole project
# custom:
#   id: gcp.compute.project-ssh-keys
#   severity: Low
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [metadata]
#   controls: [
#       cis-gcp-4.0/4.3, pci-dss-4.0/8.2.2, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6, nist-800-53-r5/IA-5,
#       fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.17, soc-2/CC6.1
#     ]
#   remediation: Set the metadata block-project-ssh-keys to TRUE, or enable-oslogin to TRUE.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.other_than(instance, ["metadata", "block-project-ssh-keys"], "FALSE", {"true"})
	property.other_than(instance, ["metadata", "enable-oslogin"], "FALSE", {"true"})
	message := sprintf("%s takes the project's keys: set the metadata block-project-ssh-keys to TRUE", [instance.name])
}

# METADATA
# title: Machines' serial ports are closed
# custom:
#   id: gcp.compute.serial-port
#   severity: Medium
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate", "gcp:compute/projectMetadata:ProjectMetadata"]
#   needs: [metadata]
#   controls: [
#       cis-gcp-4.0/4.5, pci-dss-4.0/2.2.4, nist-800-53-r5/AC-17, fedramp-moderate-r5/AC-17, nist-800-53-r5/CM-7,
#       fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.20, soc-2/CC6.6
#     ]
#   remediation: Leave the metadata serial-port-enable out.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources(array.concat(instance_types, ["gcp:compute/projectMetadata:ProjectMetadata"]))
	property.one_of(resource, ["metadata", "serial-port-enable"], "FALSE", {"true", "1"})
	message := sprintf("%s opens serial ports to every network: leave the metadata serial-port-enable out", [resource.name])
}

# METADATA
# title: Machines forward nothing
# custom:
#   id: gcp.compute.ip-forwarding
#   severity: Low
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [canIpForward]
#   controls: [
#       cis-gcp-4.0/4.6, pci-dss-4.0/1.4.2, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-7, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.22, soc-2/CC6.6
#     ]
#   remediation: Leave canIpForward false.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.on(instance, ["canIpForward"], false)
	message := sprintf("%s can forward others' packets: set canIpForward to false", [instance.name])
}

# A serviceAccount block without an email is the default account; without a block there is none.

# METADATA
# title: Machines are not the default service account
# custom:
#   id: gcp.compute.default-account
#   severity: Medium
#   types: ["gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate"]
#   needs: [serviceAccount.email]
#   controls: [
#       cis-gcp-4.0/4.1, cis-gcp-4.0/4.2, pci-dss-4.0/7.2.5, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-6,
#       iso-27001-2022/A.8.2, soc-2/CC6.3
#     ]
#   remediation: Set serviceAccount.email to an account with the roles that are needed.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	is_object(property.value(instance, ["serviceAccount"], null))
	email := property.value(instance, ["serviceAccount", "email"], "default")
	regex.match(`^default$|^[0-9]+-compute@developer\.gserviceaccount\.com$`, email)
	message := sprintf("%s is the default service account: set serviceAccount.email to one of its own", [instance.name])
}

# METADATA
# title: Disks are encrypted with the customer's key
# custom:
#   id: gcp.compute.disk-key
#   severity: Low
#   types: ["gcp:compute/disk:Disk", "gcp:compute/instance:Instance"]
#   needs: [diskEncryptionKey, bootDisk]
#   controls: [
#       cis-gcp-4.0/4.7, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-12, fedramp-moderate-r5/SC-12, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.11, iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv),
#       gdpr/32
#     ]
#   remediation: Set diskEncryptionKey.kmsKeySelfLink of disks and kmsKeySelfLink of bootDisk.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some resource in property.resources(["gcp:compute/disk:Disk", "gcp:compute/instance:Instance"])
	mend := googles_key(resource)
	message := sprintf("%s is encrypted with Google's key: set %s", [resource.name, mend])
}

googles_key(disk) := "diskEncryptionKey.kmsKeySelfLink" if {
	disk.type == "gcp:compute/disk:Disk"
	every key in ["kmsKeySelfLink", "rawKey", "rsaEncryptedKey"] {
		property.unsaid(disk, ["diskEncryptionKey", key])
	}
}

# A boot disk with a source is a disk that is judged by itself.
googles_key(instance) := "bootDisk.kmsKeySelfLink" if {
	instance.type == "gcp:compute/instance:Instance"
	every key in ["kmsKeySelfLink", "diskEncryptionKeyRaw", "diskEncryptionKeyRsa", "source"] {
		property.unsaid(instance, ["bootDisk", key])
	}
}
