# METADATA
# description: |
#   What tags a resource carries, whatever its cloud calls them. Types are those of which the clouds' own guides ask tags;
#   that each takes them is in the packages of Pulumi (aws and azure-native `tags`, gcp `labels`).
package dharma.controls.organisation.taggable

import data.dharma.property
import data.dharma.subject

# METADATA
# description: |
#   The resulting resources that can be tagged, each with `tags` (by name; Google's in lower case as Google keeps them) and
#   `google`. Those whose tags are known only after applying are left out.
resources := [{"urn": resource.urn, "name": resource.name, "google": google(resource.type), "tags": tags} |
	some type in subject.types
	path := path_of(type)
	some resource in subject.by_type[type]
	given := object.get(resource.new, path, {})
	given != subject.not_known
	tags := object.union(inherited(resource), property.mapping(given))
]

# METADATA
# description: Tags of one resource; none where they are not known.
of(resource) := property.mapping(object.get(resource.new, path, {})) if {
	path := path_of(resource.type)
} else := {}

path_of(type) := ["tags"] if type in aws

path_of(type) := ["tags"] if type in azure

path_of(type) := ["labels"] if type in gcp

path_of("gcp:container/cluster:Cluster") := ["resourceLabels"]

path_of("gcp:sql/databaseInstance:DatabaseInstance") := ["settings", "userLabels"]

google(type) := startswith(type, "gcp:")

# Tags that the provider itself adds are known once the resource is there.
inherited(resource) := object.union(
	property.mapping(object.get(resource, ["outputs", "tagsAll"], {})),
	property.mapping(object.get(resource, ["outputs", "effectiveLabels"], {})),
)

aws := {
	"aws:acm/certificate:Certificate",
	"aws:alb/loadBalancer:LoadBalancer",
	"aws:apigateway/restApi:RestApi",
	"aws:apigatewayv2/api:Api",
	"aws:athena/workgroup:Workgroup",
	"aws:backup/plan:Plan",
	"aws:backup/vault:Vault",
	"aws:batch/jobQueue:JobQueue",
	"aws:cloudfront/distribution:Distribution",
	"aws:cloudtrail/trail:Trail",
	"aws:cloudwatch/logGroup:LogGroup",
	"aws:cloudwatch/metricAlarm:MetricAlarm",
	"aws:codebuild/project:Project",
	"aws:docdb/cluster:Cluster",
	"aws:dynamodb/table:Table",
	"aws:ebs/snapshot:Snapshot",
	"aws:ebs/volume:Volume",
	"aws:ec2/eip:Eip",
	"aws:ec2/instance:Instance",
	"aws:ec2/internetGateway:InternetGateway",
	"aws:ec2/launchTemplate:LaunchTemplate",
	"aws:ec2/natGateway:NatGateway",
	"aws:ec2/routeTable:RouteTable",
	"aws:ec2/securityGroup:SecurityGroup",
	"aws:ec2/subnet:Subnet",
	"aws:ec2/vpc:Vpc",
	"aws:ec2/vpcEndpoint:VpcEndpoint",
	"aws:ec2transitgateway/transitGateway:TransitGateway",
	"aws:ecr/repository:Repository",
	"aws:ecs/cluster:Cluster",
	"aws:ecs/service:Service",
	"aws:ecs/taskDefinition:TaskDefinition",
	"aws:efs/fileSystem:FileSystem",
	"aws:eks/cluster:Cluster",
	"aws:eks/nodeGroup:NodeGroup",
	"aws:elasticache/cluster:Cluster",
	"aws:elasticache/replicationGroup:ReplicationGroup",
	"aws:fsx/lustreFileSystem:LustreFileSystem",
	"aws:glue/job:Job",
	"aws:iam/policy:Policy",
	"aws:iam/role:Role",
	"aws:iam/user:User",
	"aws:kinesis/stream:Stream",
	"aws:kms/key:Key",
	"aws:lambda/function:Function",
	"aws:lb/loadBalancer:LoadBalancer",
	"aws:lb/targetGroup:TargetGroup",
	"aws:memorydb/cluster:Cluster",
	"aws:mq/broker:Broker",
	"aws:msk/cluster:Cluster",
	"aws:neptune/cluster:Cluster",
	"aws:opensearch/domain:Domain",
	"aws:rds/cluster:Cluster",
	"aws:rds/clusterInstance:ClusterInstance",
	"aws:rds/instance:Instance",
	"aws:rds/subnetGroup:SubnetGroup",
	"aws:redshift/cluster:Cluster",
	"aws:route53/zone:Zone",
	"aws:s3/bucket:Bucket",
	"aws:s3/bucketV2:BucketV2",
	"aws:sagemaker/notebookInstance:NotebookInstance",
	"aws:secretsmanager/secret:Secret",
	"aws:sfn/stateMachine:StateMachine",
	"aws:sns/topic:Topic",
	"aws:sqs/queue:Queue",
	"aws:ssm/parameter:Parameter",
	"aws:transfer/server:Server",
	"aws:wafv2/webAcl:WebAcl",
}

azure := {
	"azure-native:apimanagement:ApiManagementService",
	"azure-native:app:ContainerApp",
	"azure-native:app:ManagedEnvironment",
	"azure-native:cdn:Profile",
	"azure-native:cognitiveservices:Account",
	"azure-native:compute:Disk",
	"azure-native:compute:Snapshot",
	"azure-native:compute:VirtualMachine",
	"azure-native:compute:VirtualMachineScaleSet",
	"azure-native:containerinstance:ContainerGroup",
	"azure-native:containerregistry:Registry",
	"azure-native:containerservice:ManagedCluster",
	"azure-native:cosmosdb:DatabaseAccount",
	"azure-native:databricks:Workspace",
	"azure-native:datafactory:Factory",
	"azure-native:dbformysql:Server",
	"azure-native:dbforpostgresql:Server",
	"azure-native:eventgrid:Topic",
	"azure-native:eventhub:Namespace",
	"azure-native:keyvault:Vault",
	"azure-native:logic:Workflow",
	"azure-native:managedidentity:UserAssignedIdentity",
	"azure-native:network:ApplicationGateway",
	"azure-native:network:AzureFirewall",
	"azure-native:network:LoadBalancer",
	"azure-native:network:NatGateway",
	"azure-native:network:NetworkSecurityGroup",
	"azure-native:network:PrivateEndpoint",
	"azure-native:network:PublicIPAddress",
	"azure-native:network:VirtualNetwork",
	"azure-native:operationalinsights:Workspace",
	"azure-native:recoveryservices:Vault",
	"azure-native:redis:Redis",
	"azure-native:resources:ResourceGroup",
	"azure-native:search:Service",
	"azure-native:servicebus:Namespace",
	"azure-native:sql:Database",
	"azure-native:sql:ManagedInstance",
	"azure-native:sql:Server",
	"azure-native:storage:StorageAccount",
	"azure-native:synapse:Workspace",
	"azure-native:web:AppServicePlan",
	"azure-native:web:WebApp",
}

gcp := {
	"gcp:alloydb/cluster:Cluster",
	"gcp:alloydb/instance:Instance",
	"gcp:artifactregistry/repository:Repository",
	"gcp:bigquery/dataset:Dataset",
	"gcp:bigquery/table:Table",
	"gcp:bigtable/instance:Instance",
	"gcp:cloudfunctions/function:Function",
	"gcp:cloudfunctionsv2/function:Function",
	"gcp:cloudrunv2/job:Job",
	"gcp:cloudrunv2/service:Service",
	"gcp:composer/environment:Environment",
	"gcp:compute/address:Address",
	"gcp:compute/disk:Disk",
	"gcp:compute/forwardingRule:ForwardingRule",
	"gcp:compute/globalAddress:GlobalAddress",
	"gcp:compute/globalForwardingRule:GlobalForwardingRule",
	"gcp:compute/image:Image",
	"gcp:compute/instance:Instance",
	"gcp:compute/instanceTemplate:InstanceTemplate",
	"gcp:compute/snapshot:Snapshot",
	"gcp:dataflow/job:Job",
	"gcp:dataproc/cluster:Cluster",
	"gcp:dns/managedZone:ManagedZone",
	"gcp:filestore/instance:Instance",
	"gcp:kms/cryptoKey:CryptoKey",
	"gcp:memcache/instance:Instance",
	"gcp:notebooks/instance:Instance",
	"gcp:organizations/project:Project",
	"gcp:pubsub/subscription:Subscription",
	"gcp:pubsub/topic:Topic",
	"gcp:redis/instance:Instance",
	"gcp:secretmanager/secret:Secret",
	"gcp:spanner/instance:Instance",
	"gcp:storage/bucket:Bucket",
	"gcp:vertex/aiDataset:AiDataset",
	"gcp:workflows/workflow:Workflow",
}
