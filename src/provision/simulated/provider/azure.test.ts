import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { configOf, testCloud, type TestCloud } from "../testing/cloud.ts";
import { testEngine, type TestEngine } from "../testing/engine.ts";
import { unknownValue } from "../values.ts";

const group = "azure-native:resources:ResourceGroup";
const network = "azure-native:network:VirtualNetwork";
const subnet = "azure-native:network:Subnet";
const nic = "azure-native:network:NetworkInterface";
const account = "azure-native:storage:StorageAccount";
const machine = "azure-native:compute:VirtualMachine";

describe("the azure-native provider", () => {
  let cloud: TestCloud;
  let engine: TestEngine;

  beforeAll(async () => {
    cloud = await testCloud();
    engine = testEngine(cloud.providers["azure-native"]);
    await engine.configure(configOf("azure-native"));
  });
  beforeEach(async () => {
    await cloud.ask("POST", "/reset");
    await engine.create(group, "shop", { resourceGroupName: "shop", location: "westeurope" });
  });
  afterAll(async () => {
    engine.close();
    await cloud.stop();
  });

  const net = () =>
    engine.create(network, "net", {
      resourceGroupName: "shop",
      virtualNetworkName: "net",
      location: "westeurope",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    });
  const sub = (name: string, addressPrefix: string) =>
    engine.create(subnet, name, {
      resourceGroupName: "shop",
      virtualNetworkName: "net",
      subnetName: name,
      addressPrefix,
    });
  const card = (subnetId: string) =>
    engine.create(nic, "nic", {
      resourceGroupName: "shop",
      networkInterfaceName: "nic",
      location: "westeurope",
      ipConfigurations: [{ name: "one", subnet: { id: subnetId } }],
    });

  it("refuses missing credentials and a missing subscription", async () => {
    expect(await engine.checkConfig({ subscriptionId: "s" })).toEqual([
      expect.stringContaining("no credentials were found"),
    ]);
    expect(await engine.checkConfig({ clientId: "c", clientSecret: "s", tenantId: "t" })).toEqual([
      expect.stringContaining("subscription ID is not set"),
    ]);
    expect(await engine.checkConfig({ ...configOf("azure-native"), location: "mars" })).toEqual([
      "invalid location: mars",
    ]);
  });

  it("names top resources with eight random digits, children as they are, and fills in the location", async () => {
    const made = await engine.check(account, "My-Assets", {
      resourceGroupName: "shop",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
    });
    expect(made.inputs["accountName"]).toMatch(/^myassets[0-9a-f]{8}$/);
    expect(made.inputs["location"]).toBe("westeurope");
    const child = await engine.check(subnet, "apps", { resourceGroupName: "shop", virtualNetworkName: "net" });
    expect(child.inputs["subnetName"]).toBe("apps");
    const plain = { subscriptionId: "11111111-2222-4333-8444-555555555555", useOidc: true };
    const nowhere = testEngine(cloud.providers["azure-native"]);
    await nowhere.configure(plain);
    await engine.create(group, "north", { resourceGroupName: "north", location: "northeurope" });
    const inherited = await nowhere.check(account, "x", {
      resourceGroupName: "north",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
    });
    expect(inherited.inputs["location"]).toBe("northeurope");
    const later = await nowhere.check(account, "x", {
      resourceGroupName: unknownValue,
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
    });
    expect(later.inputs["location"]).toBe(unknownValue);
    nowhere.close();
  });

  it("refuses a resource whose group or parent is not there", async () => {
    await expect(
      engine.create(network, "n", {
        resourceGroupName: "none",
        virtualNetworkName: "n",
        addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      }),
    ).rejects.toThrow('Code="ResourceGroupNotFound"');
    await expect(sub("a", "10.0.1.0/24")).rejects.toThrow("ParentResourceNotFound");
    await expect(
      engine.create("azure-native:storage:BlobContainer", "c", {
        resourceGroupName: "shop",
        accountName: "none",
        containerName: "files",
      }),
    ).rejects.toThrow("ParentResourceNotFound");
  });

  it("gives Azure's ids and refuses what exists", async () => {
    const made = await net();
    expect(made.id).toBe(
      "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/net",
    );
    expect(made.properties).toMatchObject({
      name: "net",
      type: "Microsoft.Network/virtualNetworks",
      provisioningState: "Succeeded",
    });
    await expect(net()).rejects.toThrow("cannot create already existing resource");
  });

  it("refuses subnets outside the network and over one another", async () => {
    await net();
    await sub("a", "10.0.1.0/24");
    await expect(sub("b", "10.0.1.128/25")).rejects.toThrow("NetcfgSubnetRangesOverlap");
    await expect(sub("c", "10.1.1.0/24")).rejects.toThrow("NetcfgInvalidSubnet");
  });

  it("holds a subnet while a network interface uses it, a network interface while a machine does", async () => {
    await net();
    const inside = await sub("a", "10.0.1.0/24");
    const made = await card(inside.id);
    expect(made.properties).toMatchObject({
      ipConfigurations: [{ privateIPAddress: expect.stringMatching(/^10\.0\.1\./) }],
    });
    await expect(engine.delete(subnet, "a", inside.id)).rejects.toThrow("InUseSubnetCannotBeDeleted");
    const vm = await engine.create(machine, "vm", {
      resourceGroupName: "shop",
      vmName: "vm",
      location: "westeurope",
      hardwareProfile: { vmSize: "Standard_B2s" },
      networkProfile: { networkInterfaces: [{ id: made.id }] },
      osProfile: { computerName: "vm", adminUsername: "admin", adminPassword: "Passw0rd!" },
    });
    await expect(engine.delete(nic, "nic", made.id)).rejects.toThrow("NicInUse");
    await engine.delete(machine, "vm", vm.id);
    await engine.delete(nic, "nic", made.id);
    await engine.delete(subnet, "a", inside.id);
  });

  it("refers to subnets declared inside a network", async () => {
    const made = await engine.create(network, "net", {
      resourceGroupName: "shop",
      virtualNetworkName: "net",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      subnets: [{ name: "inside", addressPrefix: "10.0.7.0/24" }],
    });
    expect((await card(`${made.id}/subnets/inside`)).properties).toMatchObject({
      ipConfigurations: [{ privateIPAddress: expect.stringMatching(/^10\.0\.7\./) }],
    });
    await expect(card(`${made.id}/subnets/outside`)).rejects.toThrow("InvalidResourceReference");
  });

  it("deletes everything in a group with the group", async () => {
    await net();
    await sub("a", "10.0.1.0/24");
    await engine.delete(group, "shop", "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shop");
    expect((await cloud.ask("GET", "/resources")).body).toEqual({ resources: [] });
  });

  it("refuses storage account names that are malformed or taken by anyone", async () => {
    const inputs = {
      resourceGroupName: "shop",
      accountName: "assets1",
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
    };
    const made = await engine.create(account, "s", inputs);
    expect(made.properties).toMatchObject({ primaryEndpoints: { blob: "https://assets1.blob.core.windows.net/" } });
    await expect(engine.create(account, "s", { ...inputs, accountName: "Assets-2" })).rejects.toThrow(
      "AccountNameInvalid",
    );
    const other = testEngine(cloud.providers["azure-native"]);
    await other.configure({ ...configOf("azure-native"), subscriptionId: "99999999-2222-4333-8444-555555555555" });
    await other.create(group, "g", { resourceGroupName: "shop", location: "westeurope" });
    await expect(other.create(account, "s", inputs)).rejects.toThrow("StorageAccountAlreadyTaken");
    await expect(other.read(account, "s", made.id)).rejects.toThrow("AuthorizationFailed");
    other.close();
  });

  it("replaces by deleting first unless the name changes", async () => {
    const old = {
      resourceGroupName: "shop",
      virtualNetworkName: "net",
      location: "westeurope",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    };
    expect(await engine.diff(network, "n", old, { ...old, location: "northeurope" })).toEqual({
      changes: true,
      replaces: ["location"],
      deleteBeforeReplace: true,
    });
    expect(await engine.diff(network, "n", old, { ...old, virtualNetworkName: "net2" })).toMatchObject({
      replaces: ["virtualNetworkName"],
      deleteBeforeReplace: false,
    });
    expect(await engine.diff(network, "n", old, { ...old, tags: { a: "b" } })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });

  it("answers who the caller is and gets what exists", async () => {
    expect(await engine.invoke("azure-native:authorization:getClientConfig", {})).toMatchObject({
      subscriptionId: "11111111-2222-4333-8444-555555555555",
    });
    expect(await engine.invoke("azure-native:resources:getResourceGroup", { resourceGroupName: "shop" })).toMatchObject(
      { location: "westeurope" },
    );
    await expect(
      engine.invoke("azure-native:resources:getResourceGroup", { resourceGroupName: "none" }),
    ).rejects.toThrow("was not found");
  });
});
