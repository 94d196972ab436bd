import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createSdkCatalog, translate, type Value } from "../provision/index.ts";
import { tableCost } from "./estimate.ts";
import { createTableCost, type Cost, type CostEstimate, type PricedResource } from "./index.ts";
import { centsText, nanosOf } from "./money.ts";
import { parseVmTable } from "./tables.ts";

const signal = new AbortController().signal;
let cost: Cost;
beforeAll(async () => {
  cost = await createTableCost({ signal });
});

const resource = (type: string, properties: PricedResource["properties"] = {}, name = "it"): PricedResource => ({
  urn: `urn:pulumi:s::p::${type}::${name}`,
  type,
  properties,
});

const at = (region: string) => ({ region, signal });

describe("a resource costs", () => {
  const root = { volumeSize: 30, volumeType: "gp3", encrypted: true };
  test.each<[string, PricedResource, string, string, string]>([
    [
      "an EC2 instance by hour and disk",
      resource("aws:ec2/instance:Instance", { instanceType: "t4g.medium", rootBlockDevice: root }),
      "us-east-1",
      "26.93",
      "Region",
    ],
    [
      "the same where the table has no prices, by the reference region",
      resource("aws:ec2/instance:Instance", { instanceType: "t4g.medium", rootBlockDevice: root }),
      "eu-west-1",
      "26.93",
      "ReferenceRegion",
    ],
    [
      "with a public address",
      resource("aws:ec2/instance:Instance", {
        instanceType: "t4g.medium",
        rootBlockDevice: root,
        associatePublicIpAddress: true,
      }),
      "us-east-1",
      "30.58",
      "Region",
    ],
    [
      "an io1 volume with its IOPS",
      resource("aws:ebs/volume:Volume", { size: 100, type: "io1", iops: 1000 }),
      "us-east-1",
      "77.50",
      "ReferenceRegion",
    ],
    ["a NAT gateway", resource("aws:ec2/natGateway:NatGateway"), "us-east-1", "32.85", "ReferenceRegion"],
    [
      "an Azure machine in its own region",
      resource("azure-native:compute:VirtualMachine", {
        location: "West Europe",
        hardwareProfile: { vmSize: "Standard_B2s_v2" },
        storageProfile: { osDisk: { diskSizeGB: 30, managedDisk: { storageAccountType: "StandardSSD_LRS" } } },
      }),
      "eastus",
      "79.05",
      "Region",
    ],
    [
      "a Google machine",
      resource("gcp:compute/instance:Instance", {
        machineType: "e2-standard-2",
        zone: "us-central1-a",
        bootDisk: { initializeParams: { size: 30, type: "pd-balanced" } },
        networkInterfaces: [{ accessConfigs: [{}] }],
      }),
      "europe-west1",
      "55.57",
      "Region",
    ],
    [
      "a Google address inside the network",
      resource("gcp:compute/address:Address", { addressType: "INTERNAL" }),
      "us-central1",
      "0.00",
      "",
    ],
    ["a random password", resource("random:index/randomPassword:RandomPassword"), "us-east-1", "0.00", ""],
  ])("%s", async (_, priced, region, monthly, basis) => {
    const estimate = await cost.estimate([priced], at(region));
    expect(estimate).toMatchObject({ monthly, currency: "USD", unknown: [] });
    expect(estimate.lines[0]?.basis ?? "").toBe(basis);
    for (const line of estimate.lines) {
      expect(line.source).not.toBe("");
      expect(line.date).toMatch(/^20\d\d-\d\d$/);
    }
  });
});

describe("unknown is not zero", () => {
  const disk = { volumeSize: 8, volumeType: "gp3" };
  test.each<[string, PricedResource, RegExp]>([
    ["a type without a price", resource("aws:rds/instance:Instance"), /not in the price tables/],
    [
      "a size without a price",
      resource("aws:ec2/instance:Instance", { instanceType: "z9.mega", rootBlockDevice: disk }),
      /z9\.mega/,
    ],
    [
      "a size that is known only after applying",
      resource("aws:ec2/instance:Instance", {
        instanceType: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        rootBlockDevice: disk,
      }),
      /before applying/,
    ],
    [
      "a size that is a reference",
      resource("aws:ec2/instance:Instance", { instanceType: { kind: "output" }, rootBlockDevice: disk }),
      /before applying/,
    ],
    [
      "a disk whose size is the image's",
      resource("aws:ec2/instance:Instance", { instanceType: "t3.micro" }),
      /root disk/,
    ],
    [
      "spot",
      resource("aws:ec2/instance:Instance", {
        instanceType: "t3.micro",
        rootBlockDevice: disk,
        instanceMarketOptions: {},
      }),
      /spot/,
    ],
    [
      "a size that the region does not offer",
      resource("azure-native:compute:VirtualMachine", {
        hardwareProfile: { vmSize: "Standard_Nope" },
        storageProfile: { osDisk: { diskSizeGB: 32, managedDisk: { storageAccountType: "StandardSSD_LRS" } } },
      }),
      /Standard_Nope in westeurope/,
    ],
    [
      "Windows",
      resource("azure-native:compute:VirtualMachine", {
        hardwareProfile: { vmSize: "Standard_B2s_v2" },
        osProfile: { windowsConfiguration: {} },
        storageProfile: { osDisk: { diskSizeGB: 32, managedDisk: { storageAccountType: "StandardSSD_LRS" } } },
      }),
      /Windows/,
    ],
    [
      "a disk tier that no source prices",
      resource("azure-native:compute:Disk", { diskSizeGB: 4096, sku: { name: "Premium_LRS" } }),
      /4096 GiB/,
    ],
    [
      "accelerators",
      resource("gcp:compute/instance:Instance", {
        machineType: "n1-standard-1",
        guestAccelerators: [{}],
        bootDisk: { initializeParams: { size: 10 } },
      }),
      /accelerators/,
    ],
  ])("%s", async (_, priced, reason) => {
    const estimate = await cost.estimate([priced], at("westeurope"));
    expect(estimate.unknown).toHaveLength(1);
    expect(estimate.unknown[0]).toMatchObject({ urn: priced.urn, type: priced.type });
    expect(estimate.unknown[0]?.reason).toMatch(reason);
  });
});

test("what depends on use is told by its rate and is no part of the sum", async () => {
  const estimate = await cost.estimate([resource("aws:s3/bucket:Bucket")], at("us-east-1"));
  expect(estimate).toMatchObject({ monthly: "0.00", unknown: [], lines: [] });
  expect(estimate.usage[0]).toMatchObject({ item: "storage", rate: { price: "0.023", unit: "GB-month" } });
});

test("an instance takes the disks of the launch template of its own name", async () => {
  const template = (name: string, volumeSize: number) =>
    resource(
      "aws:ec2/launchTemplate:LaunchTemplate",
      { blockDeviceMappings: [{ ebs: { volumeSize, volumeType: "gp3" } }] },
      `${name}-template`,
    );
  const vm = resource(
    "aws:ec2/instance:Instance",
    { instanceType: "t3.micro", launchTemplate: { id: "?" } },
    "api-instance",
  );
  const both = await cost.estimate([template("web", 500), template("api", 30), vm], at("us-east-1"));
  expect(both).toMatchObject({ unknown: [], monthly: "9.99" });
  const none = await cost.estimate([template("web", 500), template("db", 30), vm], at("us-east-1"));
  expect(none.unknown).toHaveLength(1);
});

const components = (provider: "aws" | "azure" | "gcp", region: string) => {
  const translated = translate(
    {
      provider,
      region,
      components: [
        { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 3, internet: "Outbound" } },
        { name: "assets", type: "ObjectStore" },
        {
          name: "api",
          type: "VirtualMachine",
          properties: { cpu: 2, memory: "4Gi", image: "debian-12", network: "${net.id}", publicAddress: true },
        },
      ],
    },
    {},
    {
      identity: { uid: "u1", name: "web-shop", namespace: "shop" },
      catalog: createSdkCatalog(),
    },
  );
  if (translated.kind !== "ok") throw new Error(JSON.stringify(translated));
  return translated.graph.nodes.map(({ name, type, properties }) =>
    resource(type, Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)])), name),
  );
};

/** What a node's property is before applying; a reference is something that is not known. */
function plain(value: Value): unknown {
  if (value.kind === "literal") return value.value;
  if (value.kind === "list") return value.items.map(plain);
  if (value.kind === "map")
    return Object.fromEntries(Object.entries(value.entries).map(([key, item]) => [key, plain(item)]));
  return "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
}

describe("everything the components build has a price", () => {
  test.each([
    // t3.medium 0.0416 h, 30 GB gp3, two addresses, NAT gateway
    ["aws", "us-east-1", "72.92"],
    // Standard_B2ls_v2 0.0416 h, 30 GiB StandardSSD, two addresses, NAT gateway
    ["azure", "eastus", "72.92"],
    // e2-medium 0.03351 h, 30 GB pd-balanced, one address
    ["gcp", "us-central1", "31.11"],
  ] as const)("%s", async (provider, region, monthly) => {
    const estimate = await cost.estimate(components(provider, region), at(region));
    expect(estimate.unknown).toEqual([]);
    expect(estimate.monthly).toBe(monthly);
  });
});

describe("a plan", () => {
  const small = resource("aws:ec2/instance:Instance", {
    instanceType: "t3.micro",
    rootBlockDevice: { volumeSize: 8, volumeType: "gp3" },
  });
  const large = { ...small, properties: { ...small.properties, instanceType: "t3.large" } };
  const mystery = resource("aws:rds/instance:Instance", {}, "db");

  test("costs what is there before and after, and the difference of what is shown", async () => {
    const plan = await cost.estimatePlan([{ before: small, after: large }, { after: mystery }], at("us-east-1"));
    expect(plan).toMatchObject({
      before: { monthly: "8.23" },
      after: { monthly: "61.38" },
      delta: "53.15",
      unknownResources: [mystery.urn],
    });
  });

  test("that deletes everything costs nothing after", async () => {
    const plan = await cost.estimatePlan([{ before: small }, { before: mystery }], at("us-east-1"));
    expect(plan).toMatchObject({
      before: { monthly: "8.23" },
      after: { monthly: "0.00" },
      delta: "-8.23",
      unknownResources: [],
    });
  });

  test("of nothing costs nothing", async () => {
    expect(await cost.estimatePlan([], at("x"))).toMatchObject({ delta: "0.00", unknownResources: [] });
  });
});

test("the sum is exactly that of its lines, however resources are ordered or split", async () => {
  const one = fc.constantFrom(
    resource("aws:ec2/eip:Eip"),
    resource("aws:ec2/instance:Instance", {
      instanceType: "t4g.nano",
      rootBlockDevice: { volumeSize: 7, volumeType: "gp3" },
    }),
    resource("gcp:compute/instance:Instance", {
      machineType: "n2-standard-2",
      bootDisk: { initializeParams: { size: 11 } },
    }),
    resource("azure-native:servicebus:Namespace", { sku: { name: "Standard" } }),
    resource("aws:rds/instance:Instance"),
  );
  const exact = ({ lines }: CostEstimate) => lines.reduce((sum, { monthly }) => sum + nanosOf(monthly), 0n);
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 30 }), fc.nat(), async (resources, cut) => {
      const index = resources.length === 0 ? 0 : cut % resources.length;
      const whole = await cost.estimate(resources, at("us-east-1"));
      const reversed = await cost.estimate(resources.toReversed(), at("us-east-1"));
      const parts = [
        await cost.estimate(resources.slice(0, index), at("us-east-1")),
        await cost.estimate(resources.slice(index), at("us-east-1")),
      ];
      expect(whole.monthly).toBe(centsText(exact(whole)));
      expect(reversed.monthly).toBe(whole.monthly);
      expect(parts.reduce((sum, part) => sum + exact(part), 0n)).toBe(exact(whole));
      expect(parts.reduce((sum, part) => sum + part.unknown.length, 0)).toBe(whole.unknown.length);
    }),
    { numRuns: 50 },
  );
});

test("a damaged table is refused when it is read, not when it is used", () => {
  expect(() => parseVmTable("type,here\na,x\n", { source: "s", date: "2026-01" })).toThrow(RangeError);
  expect(() => parseVmTable("type,here\na,1,2\n", { source: "s", date: "2026-01" })).toThrow(/columns/);
});

test("no stand-in is taken for a region that the table knows and does not offer the size in", async () => {
  const table = parseVmTable("type,us-east-1,eu-west-1\nm,1,\n", { source: "s", date: "2026-01" }, "us-east-1");
  const tables = { aws: table, azure: table, gcp: table };
  const vm = resource("aws:ec2/instance:Instance", {
    instanceType: "m",
    rootBlockDevice: { volumeSize: 1, volumeType: "gp3" },
  });
  expect((await tableCost(tables).estimate([vm], at("eu-west-1"))).unknown).toHaveLength(1);
  expect((await tableCost(tables).estimate([vm], at("ap-east-1"))).unknown).toHaveLength(0);
});

test("estimates reject when aborted", async () => {
  const aborted = AbortSignal.abort(new Error("enough"));
  await expect(cost.estimate([], { region: "x", signal: aborted })).rejects.toThrow("enough");
});
