// ObjectStore: a private, encrypted bucket.
import { type BuildContext, type BuiltComponent, defineComponent, type PartDraft } from "./component.ts";
import { BUCKET, cloudName } from "./naming.ts";
import { storeOnAzure } from "./object-store-azure.ts";
import { type StoreProperties, storeSchema } from "./store.ts";

/** Outputs: `id`, `name` of the bucket or container, `url` of its endpoint. */
export const objectStore = defineComponent({
  type: "ObjectStore",
  schema: storeSchema,
  late: [],
  links: {},
  outputs: ["id", "name", "url"],
  build: { aws: onAws, azure: storeOnAzure, gcp: onGcp },
});

function onAws(properties: StoreProperties, { ref, identity, stem, region }: BuildContext): BuiltComponent {
  const bucket = ref("bucket");
  const lifecycle: PartDraft = {
    part: "lifecycle",
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    properties: {
      bucket,
      rules: [
        {
          id: "expire-former-versions",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays: properties.retentionDays },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    after: ["versioning"],
  };
  const name = cloudName(identity, stem, "", BUCKET);
  const parts: readonly PartDraft[] = [
    {
      part: "bucket",
      type: "aws:s3/bucket:Bucket",
      properties: { bucket: name, forceDestroy: properties.forceDestroy },
    },
    {
      part: "access",
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      properties: {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
    },
    {
      part: "encryption",
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      properties: {
        bucket,
        rules: [
          properties.encryption === "Provider"
            ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
            : { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true },
        ],
      },
    },
    {
      part: "versioning",
      type: "aws:s3/bucketVersioning:BucketVersioning",
      properties: { bucket, versioningConfiguration: { status: properties.versioning ? "Enabled" : "Suspended" } },
    },
    lifecycle,
    {
      part: "policy",
      type: "aws:s3/bucketPolicy:BucketPolicy",
      properties: { bucket, policy: tlsOnly(name, region) },
      after: ["access"],
    },
  ];
  return {
    kind: "ok",
    parts,
    outputs: { id: bucket, name: ref("bucket", "bucket"), url: `https://${name}.s3.${region}.${awsDomain(region)}` },
  };
}

/** A bucket policy that refuses requests without TLS (CIS AWS Foundations 2.1.1). */
function tlsOnly(bucket: string, region: string): string {
  const arn = `arn:${awsPartition(region)}:s3:::${bucket}`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "DenyInsecureTransport",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

function awsPartition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

function awsDomain(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

function onGcp(properties: StoreProperties, { ref, identity, stem, region }: BuildContext): BuiltComponent {
  if (properties.encryption !== "Provider") {
    return {
      kind: "refused",
      property: "encryption",
      message: "`ProviderManagedKey` has no counterpart on gcp; use `Provider`",
    };
  }
  const days = properties.retentionDays;
  return {
    kind: "ok",
    parts: [
      {
        part: "bucket",
        type: "gcp:storage/bucket:Bucket",
        properties: {
          name: cloudName(identity, stem, "", BUCKET),
          location: region.toUpperCase(),
          uniformBucketLevelAccess: true,
          publicAccessPrevention: "enforced",
          forceDestroy: properties.forceDestroy,
          versioning: { enabled: properties.versioning },
          // Cloud Storage keeps deleted objects from 7 to 90 days.
          softDeletePolicy: { retentionDurationSeconds: Math.min(days, 90) * 86_400 },
          lifecycleRules: [
            {
              action: { type: "Delete" },
              condition: { daysSinceNoncurrentTime: days, withState: "ARCHIVED" },
            },
          ],
        },
      },
    ],
    outputs: { id: ref("bucket"), name: ref("bucket", "name"), url: ref("bucket", "url") },
  };
}
