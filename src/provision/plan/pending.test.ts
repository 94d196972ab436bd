import { describe, expect, it } from "vitest";
import { idOfArn, pendingLookup } from "./pending.ts";

const marker = { "dharma:blueprint": "uid", "dharma:resource": "net-vpc" };

describe("a create that was cut off", () => {
  it.each([
    ["aws:s3/bucket:Bucket", { bucket: "b" }, { kind: "byId", id: "b" }],
    ["aws:ec2/vpc:Vpc", { tags: { ...marker, team: "shop" } }, { kind: "byMarker", tags: marker }],
    ["aws:ec2/vpc:Vpc", {}, { kind: "none" }],
    ["aws:s3/bucketVersioning:BucketVersioning", { bucket: "b" }, { kind: "repeat" }],
    [
      "azure-native:network:Subnet",
      { resourceGroupName: "rg", virtualNetworkName: "vn", subnetName: "s" },
      {
        kind: "byId",
        id: "/subscriptions/acc/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vn/subnets/s",
      },
    ],
    ["azure-native:network:Subnet", { resourceGroupName: "rg" }, { kind: "none" }],
    [
      "gcp:compute/instance:Instance",
      { zone: "z", name: "n" },
      { kind: "byId", id: "projects/acc/zones/z/instances/n" },
    ],
    [
      "gcp:compute/instance:Instance",
      { zone: "z", name: "n", project: "other" },
      { kind: "byId", id: "projects/other/zones/z/instances/n" },
    ],
    ["gcp:storage/bucket:Bucket", { name: "n" }, { kind: "byId", id: "n" }],
    ["gcp:unheard/of:Of", { name: "n" }, { kind: "none" }],
    ["random:index/randomPassword:RandomPassword", {}, { kind: "repeat" }],
    ["kubernetes:core/v1:Pod", {}, { kind: "none" }],
  ])("of %s with %j is looked up so: %j", (type, inputs, lookup) => {
    expect(pendingLookup(type, inputs, { account: "acc" })).toEqual(lookup);
  });

  it.each([
    ["arn:aws:ec2:eu-west-1:1:vpc/vpc-1", "vpc-1"],
    ["arn:aws:s3:::bucket", "bucket"],
    ["arn:aws:sqs:eu-west-1:1:queue", "https://sqs.eu-west-1.amazonaws.com/1/queue"],
    ["arn:aws:sns:eu-west-1:1:topic", "arn:aws:sns:eu-west-1:1:topic"],
  ])("found as %s is imported by its id", (arn, id) => {
    expect(idOfArn(arn)).toBe(id);
  });
});
