// Which resource types hold what can't be made again: data, disks, addresses, identities others rely on.
// Source of each row: the resource's own page in the provider's registry documentation and the cloud's deletion semantics; a
// type that is not listed counts as stateless, so a missing row makes a plan look safer: add it here.

/** What is lost when the resource goes. */
export type Kept = "data" | "disk" | "address" | "key" | "name";

const AWS: Readonly<Record<Kept, readonly string[]>> = {
  data: [
    "backup/vault:Vault",
    "cloudtrail/trail:Trail",
    "cloudwatch/logGroup:LogGroup",
    "docdb/cluster:Cluster",
    "dynamodb/table:Table",
    "ebs/volume:Volume",
    "ecr/repository:Repository",
    "efs/fileSystem:FileSystem",
    "elasticache/replicationGroup:ReplicationGroup",
    "fsx/lustreFileSystem:LustreFileSystem",
    "kinesis/stream:Stream",
    "memorydb/cluster:Cluster",
    "msk/cluster:Cluster",
    "neptune/cluster:Cluster",
    "opensearch/domain:Domain",
    "rds/cluster:Cluster",
    "rds/clusterInstance:ClusterInstance",
    "rds/instance:Instance",
    "redshift/cluster:Cluster",
    "s3/bucket:Bucket",
    "s3/bucketV2:BucketV2",
    "secretsmanager/secret:Secret",
    "secretsmanager/secretVersion:SecretVersion",
    "sqs/queue:Queue",
    "ssm/parameter:Parameter",
  ],
  disk: ["ec2/instance:Instance"],
  address: ["ec2/eip:Eip"],
  key: ["acm/certificate:Certificate", "iam/accessKey:AccessKey", "kms/key:Key"],
  name: ["cloudfront/distribution:Distribution", "route53/zone:Zone"],
};

const AZURE: Readonly<Record<Kept, readonly string[]>> = {
  data: [
    "cache:Redis",
    "compute:Disk",
    "containerregistry:Registry",
    "cosmosdb:DatabaseAccount",
    "dbformysql:Server",
    "dbforpostgresql:Server",
    "operationalinsights:Workspace",
    "recoveryservices:Vault",
    "redis:Redis",
    "resources:ResourceGroup",
    "servicebus:Namespace",
    "servicebus:Queue",
    "servicebus:Topic",
    "sql:Database",
    "sql:Server",
    "storage:BlobContainer",
    "storage:FileShare",
    "storage:StorageAccount",
  ],
  disk: ["compute:VirtualMachine", "compute:VirtualMachineScaleSet"],
  address: ["network:PublicIPAddress"],
  key: ["keyvault:Key", "keyvault:Secret", "keyvault:Vault"],
  name: ["dns:Zone"],
};

const GCP: Readonly<Record<Kept, readonly string[]>> = {
  data: [
    "artifactregistry/repository:Repository",
    "bigquery/dataset:Dataset",
    "bigquery/table:Table",
    "bigtable/instance:Instance",
    "compute/disk:Disk",
    "filestore/instance:Instance",
    "firestore/database:Database",
    "pubsub/subscription:Subscription",
    "pubsub/topic:Topic",
    "redis/instance:Instance",
    "secretmanager/secret:Secret",
    "secretmanager/secretVersion:SecretVersion",
    "spanner/database:Database",
    "spanner/instance:Instance",
    "sql/database:Database",
    "sql/databaseInstance:DatabaseInstance",
    "storage/bucket:Bucket",
  ],
  disk: ["compute/instance:Instance"],
  address: ["compute/address:Address", "compute/globalAddress:GlobalAddress"],
  key: ["kms/cryptoKey:CryptoKey", "kms/keyRing:KeyRing", "serviceaccount/key:Key"],
  name: ["dns/managedZone:ManagedZone"],
};

/** Values that only exist in the state: made anew they are others. */
const STATE_ONLY: readonly string[] = [
  "random:index/randomPassword:RandomPassword",
  "random:index/randomBytes:RandomBytes",
  "tls:index/privateKey:PrivateKey",
];

const TABLE: ReadonlyMap<string, Kept> = new Map([
  ...rows("aws", AWS),
  ...rows("azure-native", AZURE),
  ...rows("gcp", GCP),
  ...STATE_ONLY.map((type): [string, Kept] => [type, "key"]),
]);

/** What is lost when a resource of this type is deleted or replaced; undefined when it can be made again as it was. */
export function keptBy(type: string): Kept | undefined {
  return TABLE.get(type);
}

/** True when deleting or replacing such a resource loses something. */
export function isStateful(type: string): boolean {
  return TABLE.has(type);
}

/** What deleting or replacing a resource of this type means. Stateful: it holds data. Irreversible: it can't be had again. */
export function natureOf(type: string): { readonly stateful: boolean; readonly irreversible: boolean } {
  const kept = keptBy(type);
  return { stateful: kept === "data" || kept === "disk" || kept === "key", irreversible: kept !== undefined };
}

function rows(name: string, table: Readonly<Record<Kept, readonly string[]>>): readonly [string, Kept][] {
  const all: [string, Kept][] = [];
  const add = (kept: Kept) => all.push(...table[kept].map((type): [string, Kept] => [`${name}:${type}`, kept]));
  add("data");
  add("disk");
  add("address");
  add("key");
  add("name");
  return all;
}
