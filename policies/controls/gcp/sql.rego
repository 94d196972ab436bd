# METADATA
# description: Cloud SQL - private, by TLS, backed up, and with the flags that record and restrict.
package dharma.controls.gcp.sql

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

instances := property.resources(["gcp:sql/databaseInstance:DatabaseInstance"])

# METADATA
# title: Cloud SQL is not open to the world
# custom:
#   id: gcp.sql.authorized-networks
#   severity: Critical
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.ipConfiguration]
#   controls: [
#       cis-gcp-4.0/6.5, pci-dss-4.0/1.2.8, pci-dss-4.0/1.3.1, nist-800-53-r5/AC-3, fedramp-moderate-r5/AC-3,
#       nist-800-53-r5/SC-7, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.2, soc-2/CC6.6,
#       hipaa/164.312(e)(1)
#     ]
#   remediation: Name the networks in settings.ipConfiguration.authorizedNetworks, or use a private network.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	networks := [network |
		some network in property.list(instance, ["settings", "ipConfiguration", "authorizedNetworks"])
		network.value in {"0.0.0.0/0", "::/0"}
	]
	count(networks) > 0
	message := sprintf("%s lets the whole internet in: name the networks in authorizedNetworks", [instance.name])
}

# METADATA
# title: Cloud SQL has no public address
# custom:
#   id: gcp.sql.public-ip
#   severity: High
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.ipConfiguration.ipv4Enabled]
#   controls: [
#       cis-gcp-4.0/6.6, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-4, fedramp-moderate-r5/AC-4, nist-800-53-r5/SC-7,
#       fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.6, hipaa/164.312(e)(1)
#     ]
#   remediation: Set settings.ipConfiguration.ipv4Enabled to false and privateNetwork to a network.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.on(instance, ["settings", "ipConfiguration", "ipv4Enabled"], true)
	message := sprintf("%s has a public address: set settings.ipConfiguration.ipv4Enabled to false", [instance.name])
}

# METADATA
# title: Cloud SQL takes TLS only
# custom:
#   id: gcp.sql.tls
#   severity: High
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.ipConfiguration.sslMode]
#   controls: [
#       cis-gcp-4.0/6.4, pci-dss-4.0/1.2.5, pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8,
#       nist-800-53-r5/SC-8(1), fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1),
#       gdpr/32
#     ]
#   remediation: Set settings.ipConfiguration.sslMode to ENCRYPTED_ONLY.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.other_than(
		instance,
		["settings", "ipConfiguration", "sslMode"],
		"ALLOW_UNENCRYPTED_AND_ENCRYPTED",
		{"encrypted_only", "trusted_client_certificate_required"},
	)
	message := sprintf("%s takes clear text: set settings.ipConfiguration.sslMode to ENCRYPTED_ONLY", [instance.name])
}

# METADATA
# title: Cloud SQL is backed up
# custom:
#   id: gcp.sql.backup
#   severity: Medium
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.backupConfiguration.enabled]
#   controls: [
#       cis-gcp-4.0/6.7, pci-dss-4.0/10.3.3, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.13,
#       soc-2/CC7.4, soc-2/A1.2, hipaa/164.308(a)(7)(ii)(A)
#     ]
#   remediation: Set settings.backupConfiguration.enabled to true.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	property.unsaid(instance, ["masterInstanceName"]) # a replica is backed up by its primary
	property.off(instance, ["settings", "backupConfiguration", "enabled"], false)
	message := sprintf("%s is not backed up: set settings.backupConfiguration.enabled to true", [instance.name])
}

# The flags' defaults are those of Cloud SQL's pages on database flags.

# METADATA
# title: PostgreSQL records who comes and goes
# custom:
#   id: gcp.sql.postgres-flags
#   severity: Medium
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.databaseFlags]
#   controls: [
#       cis-gcp-4.0/6.2.2, cis-gcp-4.0/6.2.3, cis-gcp-4.0/6.2.8, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2,
#       fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2,
#       hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Set the flags log_connections, log_disconnections and cloudsql.enable_pgaudit to on.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	message := wrong_flags(instance, "POSTGRES", {
		"log_connections": ["off", "on"],
		"log_disconnections": ["off", "on"],
		"cloudsql.enable_pgaudit": ["off", "on"],
	})
}

# METADATA
# title: MySQL shows and loads only what it should
# custom:
#   id: gcp.sql.mysql-flags
#   severity: Medium
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.databaseFlags]
#   controls: [
#       cis-gcp-4.0/6.1.2, cis-gcp-4.0/6.1.3, pci-dss-4.0/2.2.1, nist-800-53-r5/CM-6, fedramp-moderate-r5/CM-6,
#       nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.9, soc-2/CC6.1
#     ]
#   remediation: Set the flags skip_show_database to on and local_infile to off.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	message := wrong_flags(instance, "MYSQL", {"skip_show_database": ["off", "on"], "local_infile": ["on", "off"]})
}

# METADATA
# title: SQL Server has its risky features off
# custom:
#   id: gcp.sql.sqlserver-flags
#   severity: Medium
#   types: ["gcp:sql/databaseInstance:DatabaseInstance"]
#   needs: [settings.databaseFlags]
#   controls: [
#       cis-gcp-4.0/6.3.1, cis-gcp-4.0/6.3.2, cis-gcp-4.0/6.3.5, cis-gcp-4.0/6.3.6, cis-gcp-4.0/6.3.7,
#       pci-dss-4.0/2.2.1, pci-dss-4.0/2.2.4, nist-800-53-r5/CM-6, fedramp-moderate-r5/CM-6, nist-800-53-r5/CM-7,
#       fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.9, soc-2/CC6.1
#     ]
#   remediation: Set the flags remote access to off and 3625 to on; leave the others off.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in instances
	message := wrong_flags(instance, "SQLSERVER", {
		"external scripts enabled": ["off", "off"],
		"cross db ownership chaining": ["off", "off"],
		"remote access": ["on", "off"],
		"3625": ["off", "on"],
		"contained database authentication": ["off", "off"],
	})
}

# The message about an instance's flags that are not as they should be, by or without a default; each is [default, wanted].
wrong_flags(instance, engine, table) := message if {
	startswith(instance.new.databaseVersion, engine)
	flags := property.value(instance, ["settings", "databaseFlags"], [])
	is_array(flags)
	wrong := sort([sprintf("%s to %s", [name, wanted]) |
		some name, [otherwise, wanted] in table
		told := {switch(property.field(flag, "value", "")) | some flag in flags; flag.name == name}
		some value in effective(told, otherwise)
		value in {"on", "off"}
		value != wanted
	])
	count(wrong) > 0
	message := sprintf("%s: set the database flags %s", [instance.name, concat(", ", wrong)])
}

effective(told, _) := told if count(told) > 0

effective(told, otherwise) := {otherwise} if count(told) == 0

switch(value) := "on" if property.text(value) in {"on", "1", "true"}

switch(value) := "off" if property.text(value) in {"off", "0", "false"}

switch(value) := subject.not_known if not property.text(value) in {"on", "1", "true", "off", "0", "false"}
