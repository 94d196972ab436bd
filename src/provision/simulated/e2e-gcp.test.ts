import { Instance } from "@pulumi/gcp/compute/instance.js";
import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import { Network } from "@pulumi/gcp/compute/network.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import { Bucket } from "@pulumi/gcp/storage/bucket.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testCloud, type TestCloud, testStack, type TestStack } from "./testing/cloud.ts";

const minutes = 60_000;

describe("the real engine against simulated gcp", () => {
  let cloud: TestCloud;
  let test: TestStack;
  let location = "EU";

  beforeAll(async () => {
    cloud = await testCloud();
    test = await testStack(cloud, async () => {
      const network = new Network("net", { autoCreateSubnetworks: false });
      const subnet = new Subnetwork("apps", {
        network: network.id,
        ipCidrRange: "10.0.0.0/24",
        region: "europe-west3",
      });
      const firewall = new Firewall("web", {
        network: network.selfLink,
        allows: [{ protocol: "tcp", ports: ["443"] }],
        sourceRanges: ["0.0.0.0/0"],
      });
      const vm = new Instance("vm", {
        machineType: "e2-small",
        zone: "europe-west3-a",
        bootDisk: { initializeParams: { image: "debian-cloud/debian-12" } },
        networkInterfaces: [{ subnetwork: subnet.id, accessConfigs: [{}] }],
      });
      const bucket = new Bucket("assets", { location, labels: { team: "shop" } });
      return {
        vm: vm.selfLink,
        ip: vm.networkInterfaces.apply((all) => all[0]?.accessConfigs?.[0]?.natIp),
        url: bucket.url,
        firewall: firewall.id,
      };
    });
  }, 5 * minutes);

  afterAll(async () => {
    await test.remove();
    await cloud.stop();
  });

  it(
    "builds, finds nothing to do, replaces a bucket that moves, refreshes without drift and destroys",
    { timeout: 5 * minutes },
    async () => {
      const { stack } = test;
      const up = await stack.up();
      expect(up.summary.resourceChanges).toEqual({ create: 6 });
      expect(up.outputs["ip"]?.value).toMatch(/^192\.0\./);
      expect(up.outputs["vm"]?.value).toMatch(
        /^https:\/\/www\.googleapis\.com\/compute\/v1\/projects\/dharma-test\/zones\/europe-west3-a\/instances\/vm-[0-9a-f]{7}$/,
      );
      expect((await stack.previewRefresh()).changeSummary).toEqual({ same: 6 });
      location = "US";
      expect((await stack.up()).summary.resourceChanges).toEqual({ replace: 1, same: 5 });
      await stack.destroy();
      expect((await cloud.ask("GET", "/resources")).body).toEqual({ resources: [] });
    },
  );
});
