// What S3, SQS and IAM refuse beyond the tables.
import { CloudError } from "../errors.ts";
import { type JsonObject, textAt } from "../values.ts";
import { invalid, type TypeRule } from "./rule.ts";

function jsonText(inputs: JsonObject, property: string): void {
  const text = textAt(inputs, property);
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    invalid("MalformedPolicyDocument", `This policy contains invalid Json: ${property}`);
  }
}

export const bucket: TypeRule = {
  source: "S3 user guide, bucket naming rules; S3 error responses",
  verify: (context, inputs, self) => {
    const name = textAt(inputs, "bucket");
    if (name === undefined) return;
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || /\.\.|^xn--|-s3alias$|^\d+\.\d+\.\d+\.\d+$/.test(name))
      invalid("InvalidBucketName", `The specified bucket is not valid: ${name}`);
    const taken = context.ofEverybody("aws:s3/bucket:Bucket").find((one) => one.id === name);
    if (taken === undefined || self !== undefined) return;
    if (taken.account === context.identity.account)
      throw new CloudError(
        "exists",
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    throw new CloudError(
      "exists",
      "BucketAlreadyExists",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    );
  },
};

export const queue: TypeRule = {
  source: "CreateQueue reference",
  verify: (_, inputs) => {
    const name = textAt(inputs, "name");
    if (name === undefined) return;
    const isFifo = inputs["fifoQueue"] === true || inputs["fifoQueue"] === "true";
    if (isFifo !== name.endsWith(".fifo"))
      invalid(
        "InvalidParameterValue",
        isFifo
          ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"
          : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
      );
    if (!/^[\w-]{1,80}$/.test(name.replace(/\.fifo$/, "")))
      invalid(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
      );
  },
};

export const role: TypeRule = {
  source: "IAM API reference, CreateRole",
  verify: (_, inputs) => jsonText(inputs, "assumeRolePolicy"),
};
export const policy: TypeRule = {
  source: "IAM API reference, CreatePolicy",
  verify: (_, inputs) => jsonText(inputs, "policy"),
};
