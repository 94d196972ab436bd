// What Google Cloud refuses beyond the tables.
import { overlap, parseBlock } from "../cidr.ts";
import { CloudError } from "../errors.ts";
import { regionsOf } from "../identity.ts";
import { textAt, valuesAt, type JsonObject } from "../values.ts";
import type { RuleContext, TypeRule } from "./rule.ts";

function invalid(message: string): never {
  throw new CloudError("invalid", "invalid", message);
}

/** RFC 1035 label, the name of nearly everything in Compute Engine. */
function computeName(inputs: JsonObject): void {
  const name = textAt(inputs, "name");
  if (name !== undefined && !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    invalid(
      `Invalid value for field 'resource.name': '${name}'. Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'`,
    );
  }
}

function zoneExists(inputs: JsonObject, context: RuleContext): void {
  const zone = textAt(inputs, "zone") ?? context.identity.zone;
  if (zone === undefined) invalid("Cannot determine zone: set in this resource, or set provider-level zone.");
  if (!/-[a-f]$/.test(zone) || !regionsOf.gcp.has(zone.replace(/-[a-f]$/, "")))
    invalid(`Invalid value for field 'zone': '${zone}'. Unknown zone.`);
}

function regionExists(inputs: JsonObject, context: RuleContext): void {
  const region = textAt(inputs, "region")?.split("/").at(-1) ?? context.identity.region;
  if (region === undefined)
    invalid("Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'.");
  if (!regionsOf.gcp.has(region)) invalid(`Invalid value for field 'region': '${region}'. Unknown region.`);
}

const named: TypeRule = {
  source: "Compute Engine, resource naming convention",
  verify: (_, inputs) => computeName(inputs),
};

const subnetwork: TypeRule = {
  source: "Compute Engine API errors (subnetworks.insert)",
  verify: (context, inputs, self) => {
    computeName(inputs);
    regionExists(inputs, context);
    const range = textAt(inputs, "ipCidrRange");
    if (range === undefined) return;
    const block = parseBlock(range);
    if (block === undefined || block.prefix > 29 || block.prefix < 4)
      return invalid(
        `Invalid value for field 'resource.ipCidrRange': '${range}'. Must be a CIDR range with a prefix length between 4 and 29.`,
      );
    const network = context.resolve("gcp:compute/network:Network", textAt(inputs, "network") ?? "");
    for (const other of context.ofType("gcp:compute/subnetwork:Subnetwork")) {
      if (
        other.id === self?.id ||
        context.resolve("gcp:compute/network:Network", textAt(other.properties, "network") ?? "")?.id !== network?.id
      )
        continue;
      const taken = parseBlock(textAt(other.properties, "ipCidrRange") ?? "");
      if (taken !== undefined && overlap(block, taken))
        invalid(
          `Invalid IPCidrRange: ${range} conflicts with existing subnetwork '${other.id.split("/").at(-1) ?? ""}'.`,
        );
    }
  },
};

const firewall: TypeRule = {
  source: "Compute Engine API errors (firewalls.insert)",
  verify: (_, inputs) => {
    computeName(inputs);
    const count = [inputs["allows"], inputs["denies"]].filter((rules) => rules !== undefined && rules !== null).length;
    if (count !== 1) invalid("one of `allows, denies` must be specified, and not both");
    for (const range of [...valuesAt(inputs, "sourceRanges"), ...valuesAt(inputs, "destinationRanges")]) {
      if (typeof range === "string" && !range.includes(":") && parseBlock(range) === undefined)
        invalid(`Invalid value for field 'resource.sourceRanges': '${range}'. Must be a CIDR range.`);
    }
  },
};

const instance: TypeRule = {
  source: "Compute Engine API errors (instances.insert)",
  verify: (context, inputs) => {
    computeName(inputs);
    zoneExists(inputs, context);
    const type = textAt(inputs, "machineType")?.split("/").at(-1);
    if (type !== undefined && !/^[a-z]\d+[a-z]?-/.test(type) && !/^(custom-|f1-micro|g1-small)/.test(type))
      invalid(`Invalid value for field 'resource.machineType': '${type}'. The referenced resource does not exist.`);
    if (valuesAt(inputs, "networkInterfaces").length === 0)
      invalid("Invalid value for field 'resource.networkInterfaces': ''. At least one network interface is required.");
    const image =
      valuesAt(inputs, "bootDisk.initializeParams.image").length +
      valuesAt(inputs, "bootDisk.initializeParams.snapshot").length +
      valuesAt(inputs, "bootDisk.source").length;
    if (image === 0)
      invalid("Invalid value for field 'resource.disks[0]': a boot disk needs a source image, a snapshot or a disk.");
  },
};

const bucket: TypeRule = {
  source: "Cloud Storage, bucket naming requirements; JSON API errors",
  verify: (context, inputs, self) => {
    const name = textAt(inputs, "name");
    if (name === undefined) return;
    if (
      !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) ||
      name.startsWith("goog") ||
      (name.length > 63 && !name.includes("."))
    )
      invalid(`Invalid bucket name: '${name}'`);
    const taken = context.ofEverybody("gcp:storage/bucket:Bucket").find((one) => one.id === name);
    if (taken === undefined || self !== undefined) return;
    if (taken.account === context.identity.account)
      throw new CloudError(
        "exists",
        "conflict",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    throw new CloudError(
      "exists",
      "conflict",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    );
  },
};

const zonal: TypeRule = {
  source: "Compute Engine API errors",
  verify: (context, inputs) => {
    computeName(inputs);
    zoneExists(inputs, context);
  },
};

const regional: TypeRule = {
  source: "Compute Engine API errors",
  verify: (context, inputs) => {
    computeName(inputs);
    regionExists(inputs, context);
  },
};

export const gcpRules: Readonly<Record<string, TypeRule>> = {
  "gcp:compute/network:Network": named,
  "gcp:compute/subnetwork:Subnetwork": subnetwork,
  "gcp:compute/firewall:Firewall": firewall,
  "gcp:compute/instance:Instance": instance,
  "gcp:compute/disk:Disk": zonal,
  "gcp:compute/address:Address": regional,
  "gcp:compute/router:Router": regional,
  "gcp:compute/forwardingRule:ForwardingRule": regional,
  "gcp:compute/globalAddress:GlobalAddress": named,
  "gcp:compute/healthCheck:HealthCheck": named,
  "gcp:compute/backendService:BackendService": named,
  "gcp:storage/bucket:Bucket": bucket,
};
