import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { Queue } from "@pulumi/aws/sqs/queue.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentials, testCloud, type TestCloud, testStack, type TestStack } from "./testing/cloud.ts";

const minutes = 60_000;

describe("the real engine under faults", () => {
  let cloud: TestCloud;
  let test: TestStack;

  beforeAll(async () => {
    cloud = await testCloud();
    test = await testStack(cloud, async () => {
      const bucket = new Bucket("assets", { bucket: "fault-assets", tags: { "dharma:blueprint": "shop/web" } });
      const queue = new Queue("jobs", { name: "jobs" }, { dependsOn: bucket });
      return { bucket: bucket.bucket, queue: queue.url };
    });
  }, 5 * minutes);

  afterAll(async () => {
    await test.remove();
    await cloud.stop();
  });

  it(
    "fails with the provider's words, goes on where it stopped, and meets what a lost answer left",
    { timeout: 5 * minutes },
    async () => {
      const { stack } = test;
      await cloud.ask("POST", "/faults", {
        kind: "quota",
        match: { type: "aws:sqs/queue:Queue", operation: "create" },
        count: 1,
      });
      await expect(stack.up()).rejects.toThrow("api error ResourceLimitExceeded");
      expect((await stack.up()).summary.resourceChanges).toEqual({ create: 1, same: 2 });

      await cloud.ask("POST", "/faults", { kind: "denied", match: { operation: "read" } });
      await expect(stack.refresh()).rejects.toThrow("AccessDenied");
      await cloud.ask("DELETE", "/faults");
      expect((await stack.refresh()).summary.resourceChanges).toEqual({ same: 3 });

      await stack.destroy();
      await cloud.ask("POST", "/faults", {
        kind: "partial",
        match: { type: "aws:s3/*", operation: "create" },
        answer: "error",
        count: 1,
      });
      await expect(stack.up()).rejects.toThrow("connection reset by peer");
      await expect(stack.up()).rejects.toThrow("BucketAlreadyOwnedByYou");
    },
  );

  it(
    "refuses another account's credentials and missing ones before anything is made",
    { timeout: 5 * minutes },
    async () => {
      const bare = Object.fromEntries(Object.entries(credentials).filter(([key]) => key !== "aws:accessKey"));
      const poor = await testStack(cloud, async () => ({ bucket: new Bucket("poor").bucket }), bare);
      await expect(poor.stack.up()).rejects.toThrow("No valid credential sources found");
      await poor.remove();
    },
  );
});
