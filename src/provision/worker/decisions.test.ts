import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify, failureFrom } from "./failure.ts";
import type { OperationJob } from "./job.ts";
import { createMask } from "./mask.ts";
import { createTurns } from "./turns.ts";
import { lineReader } from "./wire.ts";

describe("failures", () => {
  it.each([
    [
      "error: resource urn:pulumi:t::w::aws:s3/bucket:Bucket::a violates plan: properties changed: +-tags",
      "PlanDiffers",
    ],
    ["PlanDiffers: the state changed while the plan was made: violates plan", "PlanDiffers"],
    ["error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end", "StateLocked"],
    ["error: [409] Conflict: Another update is currently in progress.", "StateLocked"],
    ["error: [403] fenced: another worker holds this stack", "Fenced"],
    ["operation error EC2: RunInstances, https response error StatusCode: 400, VcpuLimitExceeded", "QuotaExceeded"],
    [
      "googleapi: Error 403: Quota 'CPUS' exceeded. Limit: 24.0 in region europe-west3., quotaExceeded",
      "QuotaExceeded",
    ],
    ["operation error S3: CreateBucket, StatusCode: 403, api error AccessDenied: Access Denied", "AccessDenied"],
    ["UnauthorizedOperation: You are not authorized to perform this operation", "AccessDenied"],
    ["googleapi: Error 403: Required 'compute.instances.create' permission for 'x', forbidden", "AccessDenied"],
    ['Code="AuthorizationFailed" Message="The client does not have authorization"', "AccessDenied"],
    ["api error RequestLimitExceeded: Request limit exceeded.", "Throttled"],
    ["googleapi: Error 429: Rate Limit Exceeded, rateLimitExceeded", "Throttled"],
    ["unable to validate AWS credentials.\nDetails: No valid credential sources found.", "MissingCredentials"],
    ["api error InvalidClientTokenId: The security token included in the request is invalid", "InvalidCredentials"],
    ["api error BucketAlreadyExists: The requested bucket name is not available", "AlreadyExists"],
    ["api error DependencyViolation: The vpc has dependencies and cannot be deleted", "ResourceInUse"],
    ["api error BucketNotEmpty: The bucket you tried to delete is not empty", "ResourceInUse"],
    ['Code="AnotherOperationInProgress" Message="Another operation on this resource is in progress"', "CloudConflict"],
    ["api error InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist", "NotFound"],
    ["aws:ec2/subnet:Subnet resource 'a' has a problem: Missing required property 'vpcId'", "InvalidProperty"],
    ["api error ServiceUnavailable: please retry", "CloudUnavailable"],
    ["error reading from server: EOF", "ProviderCrashed"],
    ["no resource plugin 'pulumi-resource-random' found in the workspace", "PluginMissing"],
    ['resource "urn" cannot be deleted\nbecause it is protected.', "Protected"],
    ["something nobody ever saw", "EngineFailed"],
  ])("say for %j: %s", (text, reason) => {
    expect(classify(text).reason).toBe(reason);
  });

  it("never take a refusal for a loss", () => {
    for (const text of [
      "403 Forbidden: bucket not found or access denied",
      "AccessDenied: does not exist or not authorized",
    ]) {
      expect(classify(text).reason).toBe("AccessDenied");
    }
  });

  it("name the resource whose own error it was, not the summary, and keep an unknown message", () => {
    const failure = failureFrom(
      [
        { message: "update failed" },
        {
          message: "sdk-v2/provider2.go:572: sdk.helper_schema: api error VcpuLimitExceeded",
          resource: "api-instance",
        },
        { message: "resource urn failed", resource: "web-test" },
      ],
      "pulumi ended with code 255",
      true,
    );
    expect(failure).toMatchObject({
      reason: "QuotaExceeded",
      action: "waitForInput",
      resource: "api-instance",
      partial: true,
    });
    expect(failureFrom([], "error: the moon is in the wrong house", false).message).toContain("the moon");
    expect(failureFrom([{ message: "x".repeat(9000) }], "", false).message.length).toBeLessThanOrEqual(2000);
  });
});

describe("what a worker says", () => {
  const job: OperationJob = {
    id: "j",
    namespace: "n",
    stack: { organization: "o", project: "p", name: "s" },
    request: {
      kind: "plan",
      refresh: "none",
      graph: {
        translatorVersion: "1",
        provider: "aws",
        region: "r",
        packages: [],
        components: [],
        nodes: [
          {
            name: "n",
            owner: "n",
            part: "",
            type: "t",
            properties: {
              p: { kind: "map", entries: { q: { kind: "literal", value: 'se"cret\nvalue', secret: true } } },
            },
            options: { dependsOn: [], protect: false, ignoreChanges: [], aliases: [], retain: false },
          },
        ],
        outputs: {},
      },
    },
    backend: { kind: "service", url: "http://127.0.0.1:1", accessToken: "token-of-the-stack" },
    plugins: { kind: "attached", ports: {} },
    credentials: { AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI", SHORT: "ab" },
    deadlineMs: 1,
  };
  it("holds no secret it knows, plain or escaped", () => {
    const mask = createMask(job);
    const said = mask('wJalrXUtnFEMI token-of-the-stack se"cret\nvalue se\\"cret\\nvalue about');
    expect(said).toBe("[secret] [secret] [secret] [secret] about");
  });
});

describe("turns", () => {
  const never = new AbortController().signal;

  it("are bounded and go round the namespaces", async () => {
    const turns = createTurns(2);
    const order: string[] = [];
    const releases: (() => void)[] = [];
    const take = async (namespace: string) => {
      const giveBack = await turns.take(namespace, never);
      order.push(namespace);
      releases.push(giveBack);
    };
    const all = ["a", "a", "a", "a", "b", "c"].map(take);
    await Promise.resolve();
    for (let round = 0; round < 6; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(order.length).toBeLessThanOrEqual(2 + round);
      releases.shift()?.();
    }
    await Promise.all(all);
    // One tenant's queue does not make another wait for all of it.
    expect(order.slice(2, 4)).toEqual(["b", "c"]);
  });

  it("that nobody waits for any more are not given", async () => {
    const turns = createTurns(1);
    const giveBack = await turns.take("a", never);
    const abort = new AbortController();
    const waiting = turns.take("b", abort.signal);
    abort.abort(new Error("shutting down"));
    await expect(waiting).rejects.toThrow("shutting down");
    expect(turns.waiting).toBe(0);
    giveBack();
    giveBack();
    const second = await turns.take("c", never);
    const third = turns.take("d", never);
    expect(turns.waiting).toBe(1);
    second();
    (await third)();
  });
});

describe("lines", () => {
  it("come out whole however the stream is torn", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\n]{1,10}$/)), fc.array(fc.nat(20)), (lines, cuts) => {
        const text = lines.map((line) => `${line}\n`).join("");
        const seen: string[] = [];
        const read = lineReader((line) => seen.push(line));
        let at = 0;
        for (const cut of cuts) {
          read(text.slice(at, at + cut));
          at += cut;
        }
        read(text.slice(at));
        expect(seen).toEqual(lines);
      }),
    );
  });
});
