// How a create that was cut off is looked up in the cloud: by an id that follows from its inputs, by its marker tags, or not at all.
import { BLUEPRINT_TAG, RESOURCE_TAG } from "../components/naming.ts";
import { isObject } from "../state/deployment.ts";

/** How to find out whether a cut-off create took effect. */
export type PendingLookup =
  /** Read this id: there or not there is proof. */
  | { readonly kind: "byId"; readonly id: string }
  /** Ask which resources carry these tags (AWS). */
  | { readonly kind: "byMarker"; readonly tags: Readonly<Record<string, string>> }
  /** Made again it is the same one, or the cloud refuses: nothing has to be known. */
  | { readonly kind: "repeat" }
  /** Nobody can tell. */
  | { readonly kind: "none" };

/** Where ids are scoped: AWS account, Azure subscription or Google Cloud project. */
export interface PendingScope {
  readonly account: string;
}

type Inputs = Readonly<Record<string, unknown>>;

/** AWS ids that are an input. Source: "Import" of each type in the provider's registry documentation. */
const AWS_ID_INPUT: Readonly<Record<string, string>> = {
  "cloudwatch/logGroup:LogGroup": "name",
  "dynamodb/table:Table": "name",
  "ecr/repository:Repository": "name",
  "eks/cluster:Cluster": "name",
  "iam/role:Role": "name",
  "kms/alias:Alias": "name",
  "lambda/function:Function": "name",
  "rds/cluster:Cluster": "clusterIdentifier",
  "rds/instance:Instance": "identifier",
  "s3/bucket:Bucket": "bucket",
};

/** AWS types that put a setting onto another resource, or that AWS refuses to make twice. */
const AWS_REPEAT: ReadonlySet<string> = new Set([
  "ec2/route:Route",
  "ec2/routeTableAssociation:RouteTableAssociation",
  "iam/rolePolicy:RolePolicy",
  "iam/rolePolicyAttachment:RolePolicyAttachment",
  "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "s3/bucketLogging:BucketLogging",
  "s3/bucketPolicy:BucketPolicy",
  "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "s3/bucketVersioning:BucketVersioning",
]);

/** Azure ids below the resource group, inputs in braces. Source: resource id formats of the REST specifications. */
const AZURE_PATH: Readonly<Record<string, string>> = {
  "compute:Disk": "Microsoft.Compute/disks/{diskName}",
  "compute:VirtualMachine": "Microsoft.Compute/virtualMachines/{vmName}",
  "network:NatGateway": "Microsoft.Network/natGateways/{natGatewayName}",
  "network:NetworkInterface": "Microsoft.Network/networkInterfaces/{networkInterfaceName}",
  "network:NetworkSecurityGroup": "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
  "network:PublicIPAddress": "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
  "network:Subnet": "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
  "network:VirtualNetwork": "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
  "storage:BlobContainer":
    "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}",
  "storage:BlobServiceProperties": "Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
  "storage:ManagementPolicy":
    "Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/{managementPolicyName}",
  "storage:StorageAccount": "Microsoft.Storage/storageAccounts/{accountName}",
};

/** Google Cloud ids. Source: id formats in the provider's registry documentation. */
const GCP_PATH: Readonly<Record<string, string>> = {
  "compute/address:Address": "projects/{project}/regions/{region}/addresses/{name}",
  "compute/disk:Disk": "projects/{project}/zones/{zone}/disks/{name}",
  "compute/firewall:Firewall": "projects/{project}/global/firewalls/{name}",
  "compute/instance:Instance": "projects/{project}/zones/{zone}/instances/{name}",
  "compute/network:Network": "projects/{project}/global/networks/{name}",
  "compute/router:Router": "projects/{project}/regions/{region}/routers/{name}",
  "compute/subnetwork:Subnetwork": "projects/{project}/regions/{region}/subnetworks/{name}",
  "pubsub/topic:Topic": "projects/{project}/topics/{name}",
  "storage/bucket:Bucket": "{name}",
};

/** How to look up a create of `type` with `inputs`, as the state recorded it. */
export function pendingLookup(type: string, inputs: Inputs, { account }: PendingScope): PendingLookup {
  const [name = "", ...rest] = type.split(":");
  const kind = rest.join(":");
  if (name === "azure-native") return azureLookup(kind, inputs, account);
  if (name === "gcp") return byTemplate(GCP_PATH[kind], { project: account, ...inputs });
  // Values of random and tls exist in the state only: what was cut off never was.
  if (name === "random" || name === "tls") return { kind: "repeat" };
  if (name !== "aws") return { kind: "none" };
  if (AWS_REPEAT.has(kind)) return { kind: "repeat" };
  const field = AWS_ID_INPUT[kind];
  const id = field === undefined ? undefined : inputs[field];
  if (typeof id === "string") return { kind: "byId", id };
  const tags = isObject(inputs["tags"]) ? inputs["tags"] : {};
  const blueprint = tags[BLUEPRINT_TAG];
  const resource = tags[RESOURCE_TAG];
  if (typeof blueprint !== "string" || typeof resource !== "string") return { kind: "none" };
  return { kind: "byMarker", tags: { [BLUEPRINT_TAG]: blueprint, [RESOURCE_TAG]: resource } };
}

/** The id that the engine imports for an ARN that the tagging service gave. Source: "Import" of each type. */
export function idOfArn(arn: string): string {
  const [, , service = "", region = "", account = "", ...rest] = arn.split(":");
  const resource = rest.join(":");
  if (service === "sqs") return `https://sqs.${region}.amazonaws.com/${account}/${resource}`;
  if (service === "sns" || service === "elasticloadbalancing" || service === "acm") return arn;
  return resource.slice(resource.lastIndexOf("/") + 1);
}

function azureLookup(kind: string, inputs: Inputs, account: string): PendingLookup {
  const group = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}";
  const values = { ...inputs, subscription: account };
  if (kind === "resources:ResourceGroup") return byTemplate(group, values);
  const path = AZURE_PATH[kind];
  return path === undefined ? { kind: "none" } : byTemplate(`${group}/providers/${path}`, values);
}

function byTemplate(template: string | undefined, values: Inputs): PendingLookup {
  if (template === undefined) return { kind: "none" };
  let complete = true;
  const id = template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name];
    if (typeof value === "string" && value !== "") return value;
    complete = false;
    return "";
  });
  return complete ? { kind: "byId", id } : { kind: "none" };
}
