# METADATA
# description: Azure virtual machines and disks - encrypted at the host, started trusted, opened by keys, disks not for export.
package dharma.controls.azure.compute

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

machine_types := ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachineScaleSet"]

machines := property.resources(machine_types)

# A scale set says the same in its profile of a machine.
at(machine, path) := path if machine.type == "azure-native:compute:VirtualMachine"

at(machine, path) := array.concat(["virtualMachineProfile"], path) if {
	machine.type == "azure-native:compute:VirtualMachineScaleSet"
}

# METADATA
# title: Virtual machines are encrypted at the host or with the customer's key
# custom:
#   id: azure.compute.encryption
#   severity: Medium
#   types: ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachineScaleSet"]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, nist-800-53-r5/SC-28(1),
#       fedramp-moderate-r5/SC-28(1), iso-27001-2022/A.8.24, soc-2/CC6.1, hipaa/164.312(a)(2)(iv), gdpr/32
#     ]
#   remediation: Set securityProfile.encryptionAtHost to true, or a diskEncryptionSet on the disks.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	property.off(machine, at(machine, ["securityProfile", "encryptionAtHost"]), false)
	path := at(machine, ["storageProfile", "osDisk", "managedDisk", "diskEncryptionSet", "id"])
	property.unsaid(machine, path)
	message := sprintf("%s leaves temporary disks and caches in clear text: set securityProfile.encryptionAtHost to true", [machine.name])
}

# METADATA
# title: Virtual machines have managed disks
# custom:
#   id: azure.compute.managed-disks
#   severity: Medium
#   types: ["azure-native:compute:VirtualMachine"]
#   needs: [storageProfile]
#   controls: [
#       pci-dss-4.0/3.5.1, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, nist-800-53-r5/SC-28,
#       fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/CC6.1
#     ]
#   remediation: Use managedDisk in place of vhd.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in subject.by_type["azure-native:compute:VirtualMachine"]
	count(files_of(machine)) > 0
	message := sprintf("%s keeps disks as files in a storage account: use managedDisk in place of vhd", [machine.name])
}

files_of(machine) := array.concat(
	[file | file := machine.new.storageProfile.osDisk.vhd; is_object(file)],
	[disk.vhd | some disk in property.list(machine, ["storageProfile", "dataDisks"]); is_object(disk.vhd)],
)

# Only where a Linux configuration is said: without it the system may be Windows, or a disk that was there before.

# METADATA
# title: Linux machines take keys, not passwords
# custom:
#   id: azure.compute.ssh-keys
#   severity: High
#   types: ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachineScaleSet"]
#   needs: [osProfile.linuxConfiguration]
#   controls: [
#       pci-dss-4.0/8.3.1, nist-800-53-r5/AC-17(2), fedramp-moderate-r5/AC-17(2), nist-800-53-r5/IA-2,
#       fedramp-moderate-r5/IA-2, nist-800-53-r5/IA-5(1), fedramp-moderate-r5/IA-5(1), iso-27001-2022/A.8.5,
#       soc-2/CC6.1, hipaa/164.312(d)
#     ]
#   remediation: Set osProfile.linuxConfiguration.disablePasswordAuthentication to true and give ssh.publicKeys.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	configuration := at(machine, ["osProfile", "linuxConfiguration"])
	is_object(property.value(machine, configuration, null))
	password := array.concat(configuration, ["disablePasswordAuthentication"])
	property.off(machine, password, false)
	message := sprintf("%s takes passwords over SSH: set linuxConfiguration.disablePasswordAuthentication to true", [machine.name])
}

# METADATA
# title: Virtual machines start trusted
# custom:
#   id: azure.compute.trusted-launch
#   severity: Low
#   types: ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachineScaleSet"]
#   needs: [securityProfile.securityType]
#   controls: [
#       nist-800-53-r5/SI-7, fedramp-moderate-r5/SI-7, nist-800-53-r5/SI-7(1), fedramp-moderate-r5/SI-7(1),
#       iso-27001-2022/A.8.7, soc-2/CC6.8
#     ]
#   remediation: Set securityProfile.securityType to TrustedLaunch, with secure boot and vTPM in uefiSettings.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	property.one_of(machine, at(machine, ["securityProfile", "securityType"]), "Standard", {"standard"})
	message := sprintf("%s starts whatever its disk holds: set securityProfile.securityType to TrustedLaunch", [machine.name])
}

# METADATA
# title: Virtual machines have an identity
# custom:
#   id: azure.compute.identity
#   severity: Low
#   types: ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachineScaleSet"]
#   needs: [identity.type]
#   controls: [
#       pci-dss-4.0/8.6.2, nist-800-53-r5/IA-2, fedramp-moderate-r5/IA-2, nist-800-53-r5/IA-5,
#       fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.16, soc-2/CC6.1
#     ]
#   remediation: Set identity.type to SystemAssigned and give roles to it in place of keys on the machine.
fails contains finding.of(rego.metadata.rule(), machine.urn, message) if {
	some machine in machines
	property.one_of(machine, ["identity", "type"], "None", {"none"})
	message := sprintf("%s has no identity, so what runs there needs keys: set identity.type to SystemAssigned", [machine.name])
}

# Absent is AllowAll (managed disks' private links in Azure's documentation).

# METADATA
# title: Disks can't be exported over public networks
# custom:
#   id: azure.compute.disk-export
#   severity: Medium
#   types: ["azure-native:compute:Disk"]
#   needs: [networkAccessPolicy, publicNetworkAccess]
#   controls: [
#       pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.12, soc-2/CC6.7
#     ]
#   remediation: Set networkAccessPolicy to DenyAll, or AllowPrivate with a diskAccessId.
fails contains finding.of(rego.metadata.rule(), disk.urn, message) if {
	some disk in subject.by_type["azure-native:compute:Disk"]
	property.one_of(disk, ["networkAccessPolicy"], "AllowAll", {"allowall"})
	property.one_of(disk, ["publicNetworkAccess"], "Enabled", {"enabled"})
	message := sprintf("%s can be exported to any network: set networkAccessPolicy to DenyAll", [disk.name])
}
