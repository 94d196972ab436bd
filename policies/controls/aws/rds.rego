# METADATA
# description: Amazon RDS, Aurora, DocumentDB and Neptune - databases are encrypted, private, backed up and spread over zones.
package dharma.controls.aws.rds

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

instances := property.resources(["aws:rds/instance:Instance"])

clusters := property.resources(["aws:rds/cluster:Cluster"])

# A replica takes encryption and backups from its source.
primaries := [instance | some instance in instances; property.unsaid(instance, ["replicateSourceDb"])]

# METADATA
# title: Databases are encrypted at rest
# custom:
#   id: aws.rds.encryption
#   severity: High
#   types: ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster"]
#   needs: [storageEncrypted]
#   controls: [cis-aws-6.0/3.2.1, pci-dss-4.0/3.5.1, nist-800-53-r5/SC-28, fedramp-moderate-r5/SC-28, iso-27001-2022/A.8.24, soc-2/PI1.5, hipaa/164.312(a)(2)(iv), gdpr/32]
#   remediation: Set storageEncrypted to true. An existing database has to be restored from an encrypted copy of a snapshot.
fails contains finding.of(rego.metadata.rule(), database.urn, message) if {
	some database in array.concat(primaries, property.resources([
		"aws:rds/cluster:Cluster",
		"aws:docdb/cluster:Cluster",
		"aws:neptune/cluster:Cluster",
	]))
	property.off(database, ["storageEncrypted"], encrypted_by_default(database))
	message := sprintf("%s is stored in clear text: set storageEncrypted to true", [database.name])
}

# What is restored or replicated is as its origin, and a cluster in serverless mode always is.
encrypted_by_default(database) if {
	some origin in ["snapshotIdentifier", "replicationSourceIdentifier", "restoreToPointInTime"]
	not property.unsaid(database, [origin])
} else := database.new.engineMode == "serverless" if {
	database.new.engineMode
} else := false

# METADATA
# title: Databases have no public address
# custom:
#   id: aws.rds.private
#   severity: Critical
#   types: ["aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance", "aws:neptune/clusterInstance:ClusterInstance"]
#   needs: [publiclyAccessible]
#   controls: [cis-aws-6.0/3.2.3, pci-dss-4.0/1.3.1, pci-dss-4.0/1.4.4, nist-800-53-r5/AC-3, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.20, soc-2/CC6.2, soc-2/CC6.6, hipaa/164.308(a)(3)(i), gdpr/32]
#   remediation: Set publiclyAccessible to false and use private subnets.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in property.resources([
		"aws:rds/instance:Instance",
		"aws:rds/clusterInstance:ClusterInstance",
		"aws:neptune/clusterInstance:ClusterInstance",
	])
	property.on(instance, ["publiclyAccessible"], false)
	message := sprintf("%s can be reached from the internet: set publiclyAccessible to false", [instance.name])
}

# METADATA
# title: Databases run in more than one zone
# custom:
#   id: aws.rds.multi-az
#   severity: Medium
#   types: ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster"]
#   needs: [multiAz]
#   controls: [cis-aws-6.0/3.2.4, nist-800-53-r5/CP-10, fedramp-moderate-r5/CP-10, iso-27001-2022/A.8.14, soc-2/A1.2, hipaa/164.308(a)(7)(ii)(B), gdpr/32]
#   remediation: Set multiAz to true, or give the Aurora cluster a second instance.
fails contains finding.of(rego.metadata.rule(), database.urn, message) if {
	some database in array.concat(primaries, clusters)
	one_zone(database)
	message := sprintf("%s runs in one zone: set multiAz to true, or give the cluster a second instance", [database.name])
}

one_zone(database) if {
	database.type == "aws:rds/instance:Instance"
	property.off(database, ["multiAz"], false)
}

one_zone(database) if {
	database.type == "aws:rds/cluster:Cluster"
	count(subject.attached(database, ["aws:rds/clusterInstance:ClusterInstance"], "clusterIdentifier")) == 1
}

# METADATA
# title: Databases are backed up for a week
# custom:
#   id: aws.rds.backup
#   severity: Medium
#   types: ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster"]
#   needs: [backupRetentionPeriod]
#   controls: [pci-dss-4.0/10.3.3, nist-800-53-r5/CP-9, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.13, soc-2/CC7.4, soc-2/A1.2, hipaa/164.308(a)(7)(ii)(A), gdpr/32]
#   remediation: Set backupRetentionPeriod to 7 days or more.
fails contains finding.of(rego.metadata.rule(), database.urn, message) if {
	some database in array.concat(primaries, property.resources([
		"aws:rds/cluster:Cluster",
		"aws:docdb/cluster:Cluster",
		"aws:neptune/cluster:Cluster",
	]))
	days := property.number(property.value(database, ["backupRetentionPeriod"], default_days(database)))
	days < 7
	message := sprintf("%s keeps backups for %d days: set backupRetentionPeriod to 7 or more", [database.name, days])
}

default_days(database) := 0 if {
	database.type == "aws:rds/instance:Instance"
} else := 1

# METADATA
# title: Databases take minor upgrades by themselves
# custom:
#   id: aws.rds.minor-upgrades
#   severity: Low
#   types: ["aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance"]
#   needs: [autoMinorVersionUpgrade]
#   controls: [cis-aws-6.0/3.2.2, pci-dss-4.0/6.3.3, nist-800-53-r5/SI-2, fedramp-moderate-r5/SI-2, iso-27001-2022/A.8.8, soc-2/CC7.1]
#   remediation: Leave autoMinorVersionUpgrade on.
fails contains finding.of(rego.metadata.rule(), instance.urn, message) if {
	some instance in property.resources(["aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance"])
	property.off(instance, ["autoMinorVersionUpgrade"], true)
	message := sprintf("%s stays without security fixes: set autoMinorVersionUpgrade to true", [instance.name])
}

# METADATA
# title: Databases are protected from deletion
# custom:
#   id: aws.rds.deletion-protection
#   severity: Low
#   types: ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster"]
#   needs: [deletionProtection]
#   controls: [nist-800-53-r5/CM-3, nist-800-53-r5/CP-9, fedramp-moderate-r5/CM-3, fedramp-moderate-r5/CP-9, iso-27001-2022/A.8.10, soc-2/CC8.1, soc-2/A1.2, hipaa/164.312(c)(1)]
#   remediation: Set deletionProtection to true.
fails contains finding.of(rego.metadata.rule(), database.urn, message) if {
	some database in array.concat(primaries, clusters)
	property.off(database, ["deletionProtection"], false)
	message := sprintf("%s can be deleted by one call: set deletionProtection to true", [database.name])
}
