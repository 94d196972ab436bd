import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOfAccessKey } from "./identity.ts";
import { awsKey, testCloud, type TestCloud, testStack, type TestStack } from "./testing/cloud.ts";

const minutes = 60_000;

describe("the real engine against simulated aws", () => {
  let cloud: TestCloud;
  let test: TestStack;
  let tags: Record<string, string> = { team: "shop" };
  let zone = "eu-central-1a";

  beforeAll(async () => {
    cloud = await testCloud();
    test = await testStack(cloud, async () => {
      const vpc = new Vpc("main", { cidrBlock: "10.0.0.0/16", tags });
      const subnet = new Subnet(
        "a",
        { vpcId: vpc.id, cidrBlock: "10.0.1.0/24", availabilityZone: zone },
        { deleteBeforeReplace: true },
      );
      const bucket = new Bucket("assets", { tags });
      return {
        vpc: vpc.id,
        subnet: subnet.id,
        bucket: bucket.bucket,
        domain: bucket.bucketRegionalDomainName,
        owner: vpc.ownerId,
      };
    });
  }, 5 * minutes);

  afterAll(async () => {
    await test.remove();
    await cloud.stop();
  });

  it(
    "builds, finds nothing to do, updates in place, replaces, heals drift and destroys",
    { timeout: 5 * minutes },
    async () => {
      const { stack } = test;
      const up = await stack.up();
      expect(up.summary.resourceChanges).toEqual({ create: 4 });
      expect(up.outputs["vpc"]?.value).toMatch(/^vpc-[0-9a-f]{17}$/);
      expect(up.outputs["owner"]?.value).toBe(accountOfAccessKey(awsKey));
      expect(up.outputs["bucket"]?.value).toMatch(/^assets-[0-9a-f]{7}$/);

      const again = await stack.up();
      expect(again.summary.resourceChanges).toEqual({ same: 4 });

      tags = { team: "shop", tier: "gold" };
      expect((await stack.up()).summary.resourceChanges).toEqual({ update: 2, same: 2 });

      zone = "eu-central-1b";
      const replaced = await stack.up();
      expect(replaced.summary.resourceChanges).toEqual({ replace: 1, same: 3 });

      const bucket = String(replaced.outputs["bucket"]?.value);
      await cloud.ask("PATCH", `/resources/${bucket}?type=aws:s3/bucket:Bucket`, { tags: { team: "nobody" } });
      const drift = await stack.previewRefresh();
      expect(drift.changeSummary).toMatchObject({ update: 1 });
      await stack.refresh();
      expect((await stack.up()).summary.resourceChanges).toEqual({ update: 1, same: 3 });
      expect((await cloud.ask("GET", `/resources/${bucket}`)).body).toMatchObject({
        properties: { tags: { team: "shop", tier: "gold" } },
      });

      await stack.destroy();
      expect((await cloud.ask("GET", "/resources")).body).toEqual({ resources: [] });
    },
  );
});
