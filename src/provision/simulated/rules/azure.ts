// What Azure refuses beyond the tables.
import { isInside, overlap, parseBlock, type Block } from "../cidr.ts";
import { CloudError } from "../errors.ts";
import { isObject, scalarText, textAt, valuesAt, type Json, type JsonObject } from "../values.ts";
import { invalid, type TypeRule } from "./rule.ts";

function blocksAt(value: JsonObject, ...paths: readonly string[]): readonly Block[] {
  return paths
    .flatMap((path) => valuesAt(value, path))
    .filter((text) => typeof text === "string")
    .map(
      (text) =>
        parseBlock(text) ??
        invalid(
          "InvalidCIDRNotation",
          `The address prefix ${text} is not formatted correctly. It should follow CIDR notation.`,
        ),
    );
}

const network: TypeRule = {
  source: "Azure Resource Manager error codes (Microsoft.Network)",
  verify: (_, inputs) => {
    const spaces = blocksAt(inputs, "addressSpace.addressPrefixes");
    if (spaces.length === 0) invalid("InvalidRequestFormat", "A virtual network needs addressSpace.addressPrefixes.");
    const taken: Block[] = [];
    for (const subnet of valuesAt(inputs, "subnets").filter(isObject))
      checkSubnet(subnet, spaces, taken, textAt(inputs, "virtualNetworkName") ?? "");
  },
};

function checkSubnet(subnet: JsonObject, spaces: readonly Block[], taken: Block[], networkName: string): void {
  const name = textAt(subnet, "name") ?? textAt(subnet, "subnetName") ?? "";
  for (const block of blocksAt(subnet, "addressPrefix", "addressPrefixes")) {
    if (!spaces.some((space) => isInside(block, space)))
      invalid("NetcfgInvalidSubnet", `Subnet '${name}' is not valid in virtual network '${networkName}'.`);
    if (taken.some((other) => overlap(block, other)))
      invalid(
        "NetcfgSubnetRangesOverlap",
        `Subnet '${name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '${networkName}'.`,
      );
    taken.push(block);
  }
}

const subnet: TypeRule = {
  source: "Azure Resource Manager error codes (Microsoft.Network)",
  verify: (context, inputs, self) => {
    const networkName = textAt(inputs, "virtualNetworkName") ?? "";
    const group = textAt(inputs, "resourceGroupName") ?? "";
    const path = `/subscriptions/${context.identity.account}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/${networkName}`;
    const parent = context.resolve("azure-native:network:VirtualNetwork", path);
    if (parent === undefined) return;
    const taken = context
      .ofType("azure-native:network:Subnet")
      .filter((one) => one.id.toLowerCase().startsWith(`${path.toLowerCase()}/subnets/`) && one.id !== self?.id)
      .flatMap((one) => blocksAt(one.properties, "addressPrefix", "addressPrefixes"));
    if (
      blocksAt(inputs, "addressPrefix", "addressPrefixes").length === 0 &&
      inputs["ipamPoolPrefixAllocations"] === undefined
    ) {
      invalid("InvalidRequestFormat", "A subnet needs addressPrefix or addressPrefixes.");
    }
    checkSubnet(inputs, blocksAt(parent.properties, "addressSpace.addressPrefixes"), [...taken], networkName);
  },
};

const storageAccount: TypeRule = {
  source: "Azure storage account overview, account name; Microsoft.Storage error codes",
  verify: (context, inputs, self) => {
    const name = textAt(inputs, "accountName") ?? "";
    if (!/^[a-z0-9]{3,24}$/.test(name))
      invalid(
        "AccountNameInvalid",
        `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
      );
    const taken = context
      .ofEverybody("azure-native:storage:StorageAccount")
      .some((one) => textAt(one.properties, "accountName") === name || one.id.endsWith(`/${name}`));
    if (taken && self === undefined)
      throw new CloudError(
        "exists",
        "StorageAccountAlreadyTaken",
        `The storage account named ${name} is already taken.`,
      );
  },
};

const container: TypeRule = {
  source: "Naming containers (Azure Blob Storage)",
  verify: (_, inputs) => {
    const name = textAt(inputs, "containerName") ?? "";
    if (!/^(\$root|\$web|[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9])$/.test(name))
      invalid(
        "ContainerNameInvalid",
        `The container name '${name}' is invalid: 3 to 63 lower-case letters, digits and single hyphens.`,
      );
  },
};

const group: TypeRule = {
  source: "Naming rules for Azure resources",
  verify: (_, inputs) => {
    const name = textAt(inputs, "resourceGroupName") ?? "";
    if (!/^[-\w.()]{1,90}$/.test(name) || name.endsWith("."))
      invalid(
        "InvalidResourceGroup",
        `The provided resource group name '${name}' has these invalid characters or is too long. The name can only be letters, digits, '-', '.', '(', ')' or '_'.`,
      );
    if (textAt(inputs, "location") === undefined)
      invalid("LocationRequired", "The location property is required for this definition.");
  },
};

const machine: TypeRule = {
  source: "Azure Resource Manager error codes (Microsoft.Compute)",
  verify: (context, inputs, self) => {
    if (valuesAt(inputs, "networkProfile.networkInterfaces").length === 0)
      invalid("InvalidParameter", "Required parameter 'networkProfile' is missing (null).");
    if (valuesAt(inputs, "hardwareProfile.vmSize").length === 0)
      invalid("InvalidParameter", "Required parameter 'vmSize' is missing (null).");
    for (const size of valuesAt(inputs, "hardwareProfile.vmSize")) checkSize(size);
    const password = valuesAt(inputs, "osProfile.adminPassword")[0];
    const keys = valuesAt(inputs, "osProfile.linuxConfiguration.ssh.publicKeys");
    if (valuesAt(inputs, "osProfile")[0] !== undefined && password === undefined && keys.length === 0)
      invalid(
        "InvalidParameter",
        "Authentication using either SSH or by user name and password must be enabled in Linux profile.",
      );
    for (const id of valuesAt(inputs, "networkProfile.networkInterfaces.id")) {
      const user = context
        .ofType("azure-native:compute:VirtualMachine")
        .find(
          (one) => one.id !== self?.id && valuesAt(one.properties, "networkProfile.networkInterfaces.id").includes(id),
        );
      if (user !== undefined)
        throw new CloudError(
          "inUse",
          "NicInUse",
          `Network Interface ${scalarText(id)} is used by existing resource ${user.id}.`,
        );
    }
  },
};

function checkSize(size: Json): void {
  if (typeof size === "string" && !/^(Standard|Basic)_[A-Z]+\d+/.test(size))
    invalid("InvalidParameter", `The value ${size} provided for the VM size is not valid.`);
}

export const azureRules: Readonly<Record<string, TypeRule>> = {
  "azure-native:resources:ResourceGroup": group,
  "azure-native:network:VirtualNetwork": network,
  "azure-native:network:Subnet": subnet,
  "azure-native:storage:StorageAccount": storageAccount,
  "azure-native:storage:BlobContainer": container,
  "azure-native:compute:VirtualMachine": machine,
};
