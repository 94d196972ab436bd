# METADATA
# description: Where a resource is and where it copies its data to, whatever its cloud calls that.
package dharma.controls.organisation.place

import data.dharma.subject

# METADATA
# description: Azure writes "West Europe" and "westeurope", Google "EUROPE-WEST1" - the same places.
plain(name) := replace(lower(name), " ", "")

# METADATA
# description: The region a resource says it is in; none where the Blueprint's provider decides or it is known only later.
own(resource) := {region |
	some given in said_places(resource)
	region := region_of(given)
	not spread(region)
	plain(region) != "global" # has no data of its own, but for what `several` tells
}

# METADATA
# description: Names that stand for several regions.
several(resource) := {given |
	some given in said_places(resource)
	spread(given)
} | everywhere(resource)

said_places(resource) := [given |
	some property in properties[split(resource.type, ":")[0]]
	given := resource.new[property]
	is_string(given)
	subject.said(given)
	not contains(given, subject.not_known)
]

# By package.
properties := {
	"aws": ["region", "availabilityZone"],
	"azure-native": ["location"],
	"gcp": ["location", "region", "zone"],
}

# Zones are eu-west-1a at Amazon and europe-west1-b at Google.
region_of(given) := region if {
	[[_, region]] := regex.find_all_string_submatch_n(zone, given, 1)
} else := given

zone := `^([a-z]+(?:-[a-z]+)+-[0-9]+|[a-z]+-[a-z]+[0-9]+)-?[a-z]$`

# Google's multi- and dual-regions (Cloud Storage, BigQuery, Firestore and KMS locations).
spread(given) if {
	lower(given) in {
		"us", "eu", "asia", "europe",
		"nam3", "nam4", "nam5", "nam6", "nam7", "nam8", "nam9",
		"eur3", "eur4", "eur5", "eur6", "eur7", "eur8",
		"asia1", "asia2",
	}
}

# Where Google chooses.
everywhere(resource) := {"global"} if chosen_by_google(resource)

everywhere(resource) := set() if not chosen_by_google(resource)

chosen_by_google(resource) if {
	resource.type == "gcp:secretmanager/secret:Secret"
	resource.new.replication.auto
}

chosen_by_google(resource) if {
	resource.type == "gcp:kms/keyRing:KeyRing"
	resource.new.location == "global"
}

# METADATA
# description: Regions that a resource copies its data to, as it says them.
copies(resource) := {region |
	some given in targets[resource.type]
	value := found(resource.new, given)[_]
	is_string(value)
	not contains(value, subject.not_known)
	region := target_region(value)
}

# Each a path of properties; `*` is every element.
targets := {
	"aws:dynamodb/table:Table": [["replicas", "*", "regionName"]],
	"aws:dynamodb/globalTable:GlobalTable": [["replicas", "*", "regionName"]],
	"aws:secretsmanager/secret:Secret": [["replicas", "*", "region"]],
	"aws:ecr/replicationConfiguration:ReplicationConfiguration": [
		["replicationConfiguration", "rules", "*", "destinations", "*", "region"],
	],
	"aws:backup/plan:Plan": [["rules", "*", "copyActions", "*", "destinationVaultArn"]],
	"azure-native:cosmosdb:DatabaseAccount": [["locations", "*", "locationName"]],
	"azure-native:compute:GalleryImageVersion": [["publishingProfile", "targetRegions", "*", "name"]],
	"gcp:storage/bucket:Bucket": [["customPlacementConfig", "dataLocations", "*"]],
	"gcp:secretmanager/secret:Secret": [["replication", "userManaged", "replicas", "*", "location"]],
	"gcp:sql/databaseInstance:DatabaseInstance": [["settings", "backupConfiguration", "location"]],
	"gcp:bigtable/instance:Instance": [["clusters", "*", "zone"]],
}

found(value, path) := [leaf |
	walk(value, [at, leaf])
	count(at) == count(path)
	every i, step in path { same_step(step, at[i]) }
]

same_step("*", _)

same_step(step, step)

# The fourth part of an ARN is its region.
target_region(value) := split(value, ":")[3] if startswith(value, "arn:")

target_region(value) := region_of(value) if not startswith(value, "arn:")

# METADATA
# description: How a resource copies its data to the region that Azure pairs with its own; undefined where it doesn't.
paired(resource) := resource.new.sku.name if {
	resource.type == "azure-native:storage:StorageAccount"
	regex.match(`^Standard_(RA)?GZ?RS$`, resource.new.sku.name)
}

# Geo is the default of Azure SQL (Automated backups in Azure SQL Database).
paired(resource) := sprintf("requestedBackupStorageRedundancy %s", [redundancy]) if {
	resource.type == "azure-native:sql:Database"
	redundancy := object.get(resource.new, "requestedBackupStorageRedundancy", "Geo")
	redundancy in {"Geo", "GeoZone"}
}

paired(resource) := "geoRedundantBackup Enabled" if {
	resource.type in {"azure-native:dbforpostgresql:Server", "azure-native:dbformysql:Server"}
	resource.new.backup.geoRedundantBackup == "Enabled"
}
