// ObjectStore on Azure: storage account, blob service, container, and a lifecycle policy for former versions.
import type { BuildContext, BuiltComponent, PartDraft } from "./component.ts";
import { cloudName, STORAGE_ACCOUNT } from "./naming.ts";
import type { StoreProperties } from "./store.ts";

/** Translates. */
export function storeOnAzure(
  properties: StoreProperties,
  { ref, identity, stem, region, group }: BuildContext,
): BuiltComponent {
  if (properties.encryption !== "Provider") {
    return {
      kind: "refused",
      property: "encryption",
      message: "`ProviderManagedKey` has no counterpart on azure; use `Provider`",
    };
  }
  const account = cloudName(identity, stem, "", STORAGE_ACCOUNT);
  const container = "objects";
  const retention = { enabled: true, days: properties.retentionDays };
  const parts: PartDraft[] = [
    {
      part: "account",
      type: "azure-native:storage:StorageAccount",
      properties: {
        resourceGroupName: group,
        accountName: account,
        location: region,
        kind: "StorageV2",
        sku: { name: "Standard_LRS" },
        accessTier: "Hot",
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: false,
        enableHttpsTrafficOnly: true,
        minimumTlsVersion: "TLS1_2",
      },
    },
    {
      part: "service",
      type: "azure-native:storage:BlobServiceProperties",
      properties: {
        resourceGroupName: group,
        accountName: ref("account", "name"),
        blobServicesName: "default",
        isVersioningEnabled: properties.versioning,
        deleteRetentionPolicy: retention,
        containerDeleteRetentionPolicy: retention,
      },
    },
    {
      part: "container",
      type: "azure-native:storage:BlobContainer",
      properties: {
        resourceGroupName: group,
        accountName: ref("account", "name"),
        containerName: container,
        publicAccess: "None",
      },
    },
  ];
  if (properties.versioning) parts.push(azureLifecycle(properties, ref, group));
  return {
    kind: "ok",
    parts,
    outputs: {
      id: ref("container"),
      name: ref("container", "name"),
      url: `https://${account}.blob.core.windows.net/${container}`,
    },
  };
}

function azureLifecycle(
  { retentionDays }: StoreProperties,
  ref: BuildContext["ref"],
  group: BuildContext["group"],
): PartDraft {
  return {
    part: "lifecycle",
    type: "azure-native:storage:ManagementPolicy",
    properties: {
      resourceGroupName: group,
      accountName: ref("account", "name"),
      managementPolicyName: "default",
      policy: {
        rules: [
          {
            name: "expire-former-versions",
            type: "Lifecycle",
            enabled: true,
            definition: {
              actions: { version: { delete: { daysAfterCreationGreaterThan: retentionDays } } },
              filters: { blobTypes: ["blockBlob"] },
            },
          },
        ],
      },
    },
    after: ["service"],
  };
}
