import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { configOf, testCloud, type TestCloud } from "../testing/cloud.ts";
import { testEngine, type TestEngine } from "../testing/engine.ts";
import { isSecret, scalarText } from "../values.ts";

const network = "gcp:compute/network:Network";
const subnet = "gcp:compute/subnetwork:Subnetwork";
const machine = "gcp:compute/instance:Instance";
const bucket = "gcp:storage/bucket:Bucket";

describe("the gcp provider", () => {
  let cloud: TestCloud;
  let engine: TestEngine;

  beforeAll(async () => {
    cloud = await testCloud();
    engine = testEngine(cloud.providers.gcp);
    await engine.configure(configOf("gcp"));
  });
  beforeEach(async () => {
    await cloud.ask("POST", "/reset");
  });
  afterAll(async () => {
    engine.close();
    await cloud.stop();
  });

  const net = () => engine.create(network, "net", { name: "net", autoCreateSubnetworks: false });
  const sub = (name: string, ipCidrRange: string, from = "net") =>
    engine.create(subnet, name, { name, network: from, ipCidrRange, region: "europe-west3" });

  it("refuses missing credentials, a key that is none, a missing project and an unknown region", async () => {
    expect(await engine.checkConfig({ project: "p" })).toEqual([
      expect.stringContaining("could not find default credentials"),
    ]);
    expect(await engine.checkConfig({ project: "p", credentials: "{}" })).toEqual([
      expect.stringContaining("no service account key"),
    ]);
    expect(await engine.checkConfig({ accessToken: "t" })).toEqual([expect.stringContaining("project")]);
    expect(await engine.checkConfig({ ...configOf("gcp"), region: "europe-west99" })).toEqual([
      "invalid region: europe-west99",
    ]);
  });

  it("names in lower case and gives ids and self links of Google's form", async () => {
    expect((await engine.check(network, "Main_Net", {})).inputs["name"]).toMatch(/^main-net-[0-9a-f]{7}$/);
    const made = await net();
    expect(made.id).toBe("projects/dharma-test/global/networks/net");
    expect(made.properties["selfLink"]).toBe(`https://www.googleapis.com/compute/v1/${made.id}`);
  });

  it("finds what is named by name, id or self link, and refuses what is not there", async () => {
    const made = await net();
    await sub("a", "10.0.0.0/24", made.id);
    await sub("b", "10.0.1.0/24", scalarText(made.properties["selfLink"]));
    await sub("c", "10.0.2.0/24");
    await expect(sub("d", "10.0.3.0/24", "none")).rejects.toThrow("The resource 'none' was not found, notFound");
    await expect(sub("e", "10.0.1.0/25")).rejects.toThrow("conflicts with existing subnetwork 'b'");
    await expect(engine.delete(network, "net", made.id)).rejects.toThrow("resourceInUseByAnotherResource");
  });

  it("makes machines with addresses in their subnet and refuses bad zones, names and disks", async () => {
    await net();
    await sub("a", "10.0.0.0/24");
    const inputs = {
      name: "vm",
      zone: "europe-west3-a",
      machineType: "e2-small",
      bootDisk: { initializeParams: { image: "debian-cloud/debian-12" } },
      networkInterfaces: [{ subnetwork: "a", accessConfigs: [{}] }],
    };
    const made = await engine.create(machine, "vm", inputs);
    expect(made.id).toBe("projects/dharma-test/zones/europe-west3-a/instances/vm");
    expect(made.properties).toMatchObject({
      networkInterfaces: [
        {
          networkIp: expect.stringMatching(/^10\.0\.0\./),
          accessConfigs: [{ natIp: expect.stringMatching(/^192\.0\./) }],
        },
      ],
    });
    expect((await engine.read(machine, "vm", made.id, inputs)).inputs).toEqual(inputs);
    await expect(engine.create(machine, "vm", { ...inputs, name: "Vm" })).rejects.toThrow("Must be a match of regex");
    await expect(engine.create(machine, "vm", { ...inputs, name: "vm2", zone: "europe-west99-a" })).rejects.toThrow(
      /europe-west99/,
    );
    await expect(
      engine.create(machine, "vm", { ...inputs, name: "vm3", bootDisk: { autoDelete: true } }),
    ).rejects.toThrow("boot disk needs a source");
  });

  it("holds bucket names unique in the world, keeps another project out and marks labels secret as the package does", async () => {
    const made = await engine.create(bucket, "b", { name: "taken", location: "EU", labels: { a: "b" } });
    expect(made).toMatchObject({ id: "taken", properties: { url: "gs://taken" } });
    expect(isSecret(made.properties["effectiveLabels"])).toBe(true);
    const other = testEngine(cloud.providers.gcp);
    await other.configure({ ...configOf("gcp"), project: "other" });
    await expect(other.create(bucket, "b", { name: "taken", location: "EU" })).rejects.toThrow("googleapi: Error 409");
    await expect(other.read(bucket, "b", "taken")).rejects.toThrow("googleapi: Error 403");
    await expect(other.read(network, "n", "projects/dharma-test/global/networks/net")).rejects.toThrow("Error 403");
    other.close();
  });

  it("replaces for a block's own fields and updates for the rest", async () => {
    const old = {
      name: "vm",
      machineType: "e2-small",
      bootDisk: { initializeParams: { image: "a", size: 10 } },
      networkInterfaces: [{ subnetwork: "a" }],
    };
    const image = { ...old, bootDisk: { initializeParams: { image: "b", size: 10 } } };
    expect((await engine.diff(machine, "vm", old, image)).replaces).toEqual(["bootDisk"]);
    const size = { ...old, bootDisk: { initializeParams: { image: "a", size: 20 } } };
    expect(await engine.diff(machine, "vm", old, size)).toMatchObject({ changes: true, replaces: [] });
    expect((await engine.diff(machine, "vm", old, { ...old, scratchDisks: [{ interface: "NVME" }] })).replaces).toEqual(
      ["scratchDisks"],
    );
    expect(await engine.diff(machine, "vm", old, { ...old, machineType: "e2-medium" })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });

  it("answers the functions programs use", async () => {
    expect(await engine.invoke("gcp:organizations/getClientConfig:getClientConfig", {})).toMatchObject({
      project: "dharma-test",
      region: "europe-west3",
    });
    expect(
      await engine.invoke("gcp:compute/getImage:getImage", { family: "debian-12", project: "debian-cloud" }),
    ).toMatchObject({ selfLink: expect.stringContaining("debian-cloud/global/images/debian-12") });
  });
});
