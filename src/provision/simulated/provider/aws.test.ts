import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { configOf, testCloud, type TestCloud } from "../testing/cloud.ts";
import { testEngine, type TestEngine } from "../testing/engine.ts";
import { makeSecret, isSecret, scalarText, unknownValue, type JsonObject } from "../values.ts";

const vpcType = "aws:ec2/vpc:Vpc";
const subnetType = "aws:ec2/subnet:Subnet";
const bucketType = "aws:s3/bucket:Bucket";

describe("the aws provider", () => {
  let cloud: TestCloud;
  let engine: TestEngine;
  let other: TestEngine;

  beforeAll(async () => {
    cloud = await testCloud();
    engine = testEngine(cloud.providers.aws);
    other = testEngine(cloud.providers.aws);
    await engine.configure(configOf("aws"));
    await other.configure({ ...configOf("aws"), accessKey: "someone-else" });
  });
  beforeEach(async () => {
    await cloud.ask("POST", "/reset");
  });
  afterAll(async () => {
    engine.close();
    other.close();
    await cloud.stop();
  });

  const vpc = async (cidrBlock = "10.0.0.0/16") => (await engine.create(vpcType, "main", { cidrBlock })).id;

  it("refuses missing credentials, a missing region and a region that does not exist", async () => {
    expect(await engine.checkConfig({ region: "eu-central-1" })).toEqual([
      expect.stringContaining("No valid credential sources found"),
    ]);
    expect(await engine.checkConfig({ accessKey: "a", secretKey: "b" })).toEqual([
      expect.stringContaining("aws:region"),
    ]);
    expect(await engine.checkConfig({ ...configOf("aws"), region: "eu-central-9" })).toEqual([
      "invalid AWS Region: eu-central-9",
    ]);
    expect(await engine.checkConfig({ region: unknownValue })).toEqual([]);
    await expect(testEngine(cloud.providers.aws).configure({ region: "eu-central-1" })).rejects.toThrow(
      "No valid credential sources",
    );
  });

  it("refuses calls on a connection that was never configured", async () => {
    const stranger = testEngine(cloud.providers.aws);
    await expect(stranger.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})).rejects.toThrow(
      "not configured",
    );
    stranger.close();
  });

  it("names what has no name, the same for the same seed, and keeps the old name", async () => {
    const first = await engine.check(bucketType, "Assets", {});
    expect(first.inputs["bucket"]).toMatch(/^assets-[0-9a-f]{7}$/);
    expect((await engine.check(bucketType, "Assets", {})).inputs["bucket"]).toBe(first.inputs["bucket"]);
    expect((await engine.check(bucketType, "Assets", {}, { bucket: "older" })).inputs["bucket"]).toBe("older");
    expect((await engine.check(bucketType, "Assets", { bucket: "mine" })).inputs["bucket"]).toBe("mine");
  });

  it("refuses unknown types, unknown properties at any depth and wrong types", async () => {
    await expect(engine.check("aws:ec2/vpc:Vpcc", "x", {})).rejects.toThrow("Did you mean aws:ec2/vpc:Vpc?");
    expect((await engine.check(vpcType, "x", { cidrBlok: "10.0.0.0/16" })).failures).toEqual([
      expect.stringContaining('Did you mean "cidrBlock"?'),
    ]);
    const nested = { ami: "ami-1", rootBlockDevice: { volumeSise: 3 } };
    expect((await engine.check("aws:ec2/instance:Instance", "x", nested)).failures).toEqual([
      expect.stringMatching(/^rootBlockDevice\.volumeSise.*"volumeSize"/),
    ]);
    expect((await engine.check(vpcType, "x", { enableDnsSupport: "perhaps" })).failures).toEqual([
      expect.stringContaining("true or false is required"),
    ]);
    expect((await engine.check(vpcType, "x", { instanceTenancy: "shared" })).failures).toEqual([
      expect.stringContaining("default, dedicated"),
    ]);
  });

  it("gives unknown outputs in a preview and makes nothing", async () => {
    const made = await engine.create(vpcType, "main", { cidrBlock: "10.0.0.0/16" }, "preview");
    expect(made).toMatchObject({ id: "", properties: { cidrBlock: "10.0.0.0/16", arn: unknownValue } });
    expect((await cloud.ask("GET", "/resources")).body).toEqual({ resources: [] });
  });

  it("gives ids, ARNs and outputs in the form of the real ones", async () => {
    const made = await engine.create(vpcType, "main", { cidrBlock: "10.0.0.0/16", tags: { a: "b" } });
    expect(made.id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(made.properties).toMatchObject({
      arn: `arn:aws:ec2:eu-central-1:${scalarText(made.properties["ownerId"])}:vpc/${made.id}`,
      tagsAll: { a: "b" },
      instanceTenancy: "default",
    });
    const queue = await engine.create("aws:sqs/queue:Queue", "q", { name: "jobs" });
    expect(queue.id).toMatch(/^https:\/\/sqs\.eu-central-1\.amazonaws\.com\/\d{12}\/jobs$/);
    expect(queue.properties["url"]).toBe(queue.id);
  });

  it("keeps secrets secret in what it gives back, and only them", async () => {
    const made = await engine.create(bucketType, "b", { bucket: "with-secret", tags: makeSecret({ token: "s3cr3t" }) });
    expect(isSecret(made.properties["tags"])).toBe(true);
    expect(isSecret(made.properties["bucket"])).toBe(false);
    const read = await engine.read(bucketType, "b", made.id, {
      bucket: "with-secret",
      tags: makeSecret({ token: "s3cr3t" }),
    });
    expect([isSecret(read.inputs["tags"]), isSecret(read.properties["tags"])]).toEqual([true, true]);
  });

  it("requires what a resource names to exist", async () => {
    await expect(engine.create(subnetType, "a", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" })).rejects.toThrow(
      "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist",
    );
    const id = await vpc();
    const route = {
      routeTableId: (await engine.create("aws:ec2/routeTable:RouteTable", "t", { vpcId: id })).id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: "igw-1",
    };
    await expect(engine.create("aws:ec2/route:Route", "r", route)).rejects.toThrow("InvalidInternetGatewayID.NotFound");
    await expect(
      engine.create("aws:s3/bucketVersioning:BucketVersioning", "v", {
        bucket: "none",
        versioningConfiguration: { status: "Enabled" },
      }),
    ).rejects.toThrow("NoSuchBucket");
  });

  it.each([
    ["10.1.0.0/24", "InvalidSubnet.Range"],
    ["10.0.0.0/15", "InvalidSubnet.Range"],
    ["10.0.1.0/25", "InvalidSubnet.Conflict"],
    ["10.0.1.5/24", "not a valid CIDR block"],
  ])("refuses a subnet of %s beside 10.0.1.0/24 in 10.0.0.0/16: %s", async (cidrBlock, message) => {
    const vpcId = await vpc();
    await engine.create(subnetType, "a", { vpcId, cidrBlock: "10.0.1.0/24" });
    await expect(engine.create(subnetType, "b", { vpcId, cidrBlock })).rejects.toThrow(message);
  });

  it("refuses a zone of another region, a bad image id and a bad instance type", async () => {
    const vpcId = await vpc();
    await expect(
      engine.create(subnetType, "a", { vpcId, cidrBlock: "10.0.1.0/24", availabilityZone: "us-east-1a" }),
    ).rejects.toThrow("availabilityZone is invalid");
    await expect(
      engine.create("aws:ec2/instance:Instance", "i", { ami: "ubuntu", instanceType: "t3.micro" }),
    ).rejects.toThrow("InvalidAMIID.Malformed");
    await expect(
      engine.create("aws:ec2/instance:Instance", "i", { ami: "ami-0123456789abcdef0", instanceType: "huge" }),
    ).rejects.toThrow("Invalid value 'huge' for InstanceType");
  });

  it("refuses to delete a VPC with subnets and lets it go without", async () => {
    const vpcId = await vpc();
    const subnet = await engine.create(subnetType, "a", { vpcId, cidrBlock: "10.0.1.0/24" });
    await expect(engine.delete(vpcType, "main", vpcId)).rejects.toThrow("DependencyViolation");
    await engine.delete(subnetType, "a", subnet.id);
    await engine.delete(vpcType, "main", vpcId);
    await engine.delete(vpcType, "main", vpcId);
    expect((await engine.read(vpcType, "main", vpcId)).id).toBe("");
  });

  it("accepts a VPC's default security group", async () => {
    const made = await engine.create(vpcType, "main", { cidrBlock: "10.0.0.0/16" });
    const group = scalarText(made.properties["defaultSecurityGroupId"]);
    const subnet = await engine.create(subnetType, "a", { vpcId: made.id, cidrBlock: "10.0.1.0/24" });
    const machine = {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.micro",
      subnetId: subnet.id,
      vpcSecurityGroupIds: [group],
    };
    const instance = await engine.create("aws:ec2/instance:Instance", "i", machine);
    expect(instance.properties["privateIp"]).toMatch(/^10\.0\.1\.\d+$/);
    await expect(engine.delete(subnetType, "a", subnet.id)).rejects.toThrow("DependencyViolation");
  });

  it("holds bucket names unique in the world and tells denied from not found", async () => {
    await engine.create(bucketType, "b", { bucket: "taken-name" });
    await expect(engine.create(bucketType, "b", { bucket: "taken-name" })).rejects.toThrow("BucketAlreadyOwnedByYou");
    await expect(other.create(bucketType, "b", { bucket: "taken-name" })).rejects.toThrow("BucketAlreadyExists");
    await expect(other.read(bucketType, "b", "taken-name")).rejects.toThrow("Forbidden");
    expect((await other.read(bucketType, "b", "never-made")).id).toBe("");
    await expect(engine.create(bucketType, "b", { bucket: "Not_A_Bucket" })).rejects.toThrow("InvalidBucketName");
  });

  it("shows one account's and one region's resources to nobody else", async () => {
    const id = await vpc();
    expect((await other.read(vpcType, "main", id)).id).toBe("");
    const elsewhere = testEngine(cloud.providers.aws);
    await elsewhere.configure({ ...configOf("aws"), region: "us-east-1" });
    expect((await elsewhere.read(vpcType, "main", id)).id).toBe("");
    expect((await elsewhere.read(vpcType, "main", id, { region: "eu-central-1" })).id).toBe(id);
    elsewhere.close();
  });

  it("reads what was changed behind its back as changed inputs, and takes it back on update", async () => {
    const inputs: JsonObject = { bucket: "drifting", tags: { team: "shop" } };
    await engine.create(bucketType, "b", inputs);
    expect((await engine.read(bucketType, "b", "drifting", inputs)).inputs).toEqual(inputs);
    await cloud.ask("PATCH", "/resources/drifting", { tags: { team: "nobody", extra: "x" }, forceDestroy: true });
    const read = await engine.read(bucketType, "b", "drifting", inputs);
    expect(read.inputs).toEqual({ bucket: "drifting", tags: { team: "nobody", extra: "x" }, forceDestroy: true });
    const healed = await engine.update(bucketType, "b", "drifting", {}, inputs);
    expect(healed).toMatchObject({ tags: { team: "shop" } });
    expect((await engine.read(bucketType, "b", "drifting", inputs)).inputs).toEqual(inputs);
  });

  it("reads a resource it knows nothing of, as an import does", async () => {
    const inputs = { bucket: "by-hand", tags: { team: "ops" } };
    const { account } = await engine
      .invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
      .then((result) => ({ account: result["accountId"] }));
    await cloud.ask("POST", "/resources", { account, region: "eu-central-1", type: bucketType, inputs });
    expect((await engine.read(bucketType, "b", "by-hand")).inputs).toEqual(inputs);
  });

  it("deletes before it replaces when the user chose the name", async () => {
    const named = await engine.diff(
      bucketType,
      "b",
      { bucket: "x", objectLockEnabled: false, __defaults: [] },
      { bucket: "x", objectLockEnabled: true, __defaults: [] },
    );
    expect(named).toEqual({ changes: true, replaces: ["objectLockEnabled"], deleteBeforeReplace: true });
    const made = await engine.diff(
      bucketType,
      "b",
      { bucket: "x-1", objectLockEnabled: false },
      { bucket: "x-1", objectLockEnabled: true, __defaults: ["bucket"] },
    );
    expect(made.deleteBeforeReplace).toBe(false);
  });

  it("answers the functions programs use", async () => {
    expect(await engine.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})).toMatchObject({
      accountId: expect.stringMatching(/^\d{12}$/),
    });
    expect(
      await engine.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", { state: "available" }),
    ).toMatchObject({ names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] });
    const ami = await engine.invoke("aws:ec2/getAmi:getAmi", {
      owners: ["amazon"],
      mostRecent: true,
      filters: [{ name: "name", values: ["al2023-ami-*"] }],
    });
    expect(ami["id"]).toMatch(/^ami-[0-9a-f]{17}$/);
    await expect(engine.invoke("aws:index/getCallerIdentty:getCallerIdentty", {})).rejects.toThrow(
      "Did you mean aws:index/getCallerIdentity",
    );
  });

  it("finds resources by their marker tag", async () => {
    const made = await engine.create(vpcType, "main", {
      cidrBlock: "10.0.0.0/16",
      tags: { "dharma:blueprint": "shop/web" },
    });
    const found = await engine.invoke("aws:resourcegroupstaggingapi/getResources:getResources", {
      tagFilters: [{ key: "dharma:blueprint", values: ["shop/web"] }],
    });
    expect(found["resourceTagMappingLists"]).toMatchObject([{ resourceArn: made.properties["arn"] }]);
    expect((await cloud.ask("GET", "/resources?blueprint=shop/web")).body).toMatchObject({
      resources: [{ id: made.id, blueprint: "shop/web" }],
    });
  });
});
