import { VirtualMachine } from "@pulumi/azure-native/compute/virtualMachine.js";
import { NetworkInterface } from "@pulumi/azure-native/network/networkInterface.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testCloud, type TestCloud, testStack, type TestStack } from "./testing/cloud.ts";

const minutes = 60_000;

describe("the real engine against simulated azure", () => {
  let cloud: TestCloud;
  let test: TestStack;
  let size = "Standard_B1s";

  beforeAll(async () => {
    cloud = await testCloud();
    test = await testStack(cloud, async () => {
      const group = new ResourceGroup("shop");
      const at = { resourceGroupName: group.name };
      const network = new VirtualNetwork("net", { ...at, addressSpace: { addressPrefixes: ["10.0.0.0/16"] } });
      const subnet = new Subnet("apps", { ...at, virtualNetworkName: network.name, addressPrefix: "10.0.1.0/24" });
      const card = new NetworkInterface("nic", {
        ...at,
        ipConfigurations: [{ name: "one", subnet: { id: subnet.id } }],
      });
      const vm = new VirtualMachine("vm", {
        ...at,
        hardwareProfile: { vmSize: size },
        networkProfile: { networkInterfaces: [{ id: card.id }] },
        osProfile: { computerName: "vm", adminUsername: "dharma", adminPassword: "Passw0rd!" },
        storageProfile: {
          imageReference: { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
          osDisk: { createOption: "FromImage" },
        },
      });
      const store = new StorageAccount("assets", { ...at, kind: "StorageV2", sku: { name: "Standard_LRS" } });
      return { vm: vm.id, blob: store.primaryEndpoints.apply((endpoints) => endpoints.blob), location: vm.location };
    });
  }, 5 * minutes);

  afterAll(async () => {
    await test.remove();
    await cloud.stop();
  });

  it(
    "builds, finds nothing to do, resizes, refreshes without drift and destroys",
    { timeout: 5 * minutes },
    async () => {
      const { stack } = test;
      const up = await stack.up();
      expect(up.summary.resourceChanges).toEqual({ create: 7 });
      expect(up.outputs["vm"]?.value).toMatch(
        /\/resourceGroups\/shop[0-9a-f]{8}\/providers\/Microsoft\.Compute\/virtualMachines\/vm[0-9a-f]{8}$/,
      );
      expect(up.outputs["location"]?.value).toBe("westeurope");
      expect((await stack.previewRefresh()).changeSummary).toEqual({ same: 7 });
      size = "Standard_B2s";
      expect((await stack.up()).summary.resourceChanges).toEqual({ update: 1, same: 6 });
      await stack.destroy();
      expect((await cloud.ask("GET", "/resources")).body).toEqual({ resources: [] });
    },
  );
});
