// Names the real providers make up in Check when the user gives none.
import { createHash } from "node:crypto";
import type { TypeTable } from "./tables/tables.ts";
import { type Json, type JsonObject, textAt } from "./values.ts";

/** The engine's own wish (pulumi:autonaming configuration); absent without one. */
export interface NamingWish {
  readonly mode: "propose" | "enforce" | "disable";
  readonly proposed: string;
}

interface NameRule {
  readonly property: string;
  readonly make: (logicalName: string, suffix: string) => string;
}

export interface NameRequest {
  readonly urn: string;
  readonly inputs: JsonObject;
  /** Inputs of the last operation, {} on creation and replacement. */
  readonly olds: JsonObject;
  readonly seed: Uint8Array;
  readonly wish?: NamingWish;
}

export type MadeName =
  | { readonly kind: "none" }
  | { readonly kind: "made"; readonly property: string; readonly name: string };

/** The property to fill in and its value: the old one if there was one, else made from the logical name and the engine's seed. */
export function makeName(table: TypeTable, request: NameRequest): MadeName {
  const rule = nameRule(table);
  if (rule === undefined || given(request.inputs, rule.property)) return { kind: "none" };
  const old = textAt(request.olds, rule.property);
  if (old !== undefined) return { kind: "made", property: rule.property, name: old };
  if (request.wish?.mode === "disable") return { kind: "none" };
  const logicalName = request.urn.split("::").at(-1) ?? "";
  const hex = createHash("sha256").update(request.seed).update(request.urn).digest("hex");
  if (request.wish?.mode === "enforce") return { kind: "made", property: rule.property, name: request.wish.proposed };
  const name = request.wish?.mode === "propose" ? request.wish.proposed : rule.make(logicalName, hex);
  return { kind: "made", property: rule.property, name };
}

function given(inputs: JsonObject, property: string): boolean {
  const value: Json | undefined = inputs[property] ?? inputs[`${property}Prefix`];
  return value !== undefined && value !== null;
}

/**
 * Sources: pulumi-terraform-bridge tfbridge/names.go (SetAutonaming: an optional `name`, separator "-", seven hex digits), pulumi-aws and pulumi-gcp
 * resources.go (which property, case and length; from knowledge), pulumi-azure-native provider/pkg/provider (eight hex digits and no separator; a
 * child resource gets the logical name as it is; role assignments a UUID).
 */
function nameRule(table: TypeTable): NameRule | undefined {
  if (table.package === "azure-native") return azureRule(table);
  const bridged = bridgedProperty[table.token];
  const property = bridged?.property ?? "name";
  if (table.shape.inputs[property] !== "s") return undefined;
  const limit = bridged?.limit ?? (table.package === "gcp" ? 63 : 255);
  const lower = bridged?.lower ?? table.package === "gcp";
  const make = (logicalName: string, hex: string) => {
    const base = lower ? logicalName.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-") : logicalName;
    const fifo = property === "name" && table.token === "aws:sqs/queue:Queue" ? 5 : 0;
    return `${base.slice(0, limit - 8 - fifo)}-${hex.slice(0, 7)}`;
  };
  return { property, make };
}

const bridgedProperty: Readonly<Record<string, { property?: string; limit?: number; lower?: boolean }>> = {
  "aws:s3/bucket:Bucket": { property: "bucket", limit: 63, lower: true },
  "aws:rds/instance:Instance": { property: "identifier", limit: 63, lower: true },
  "aws:rds/cluster:Cluster": { property: "clusterIdentifier", limit: 63, lower: true },
  "aws:rds/clusterInstance:ClusterInstance": { property: "identifier", limit: 63, lower: true },
  "aws:eks/nodeGroup:NodeGroup": { property: "nodeGroupName", limit: 63 },
  "aws:iam/role:Role": { limit: 64 },
  "aws:lambda/function:Function": { limit: 64 },
  "aws:lb/loadBalancer:LoadBalancer": { limit: 32 },
  "aws:lb/targetGroup:TargetGroup": { limit: 32 },
  "aws:sqs/queue:Queue": { limit: 80 },
  "aws:ecr/repository:Repository": { lower: true },
  "aws:rds/subnetGroup:SubnetGroup": { lower: true },
  "aws:rds/parameterGroup:ParameterGroup": { lower: true },
  "aws:elasticache/subnetGroup:SubnetGroup": { lower: true },
  "gcp:storage/bucket:Bucket": { limit: 63 },
};

const azureLimits: Readonly<Record<string, { readonly limit: number; readonly plain: boolean }>> = {
  accountName: { limit: 24, plain: true },
  registryName: { limit: 50, plain: true },
  vaultName: { limit: 24, plain: false },
};

function azureRule(table: TypeTable): NameRule | undefined {
  const names = [...table.idForm.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const property = names.at(-1);
  if (property === undefined || table.shape.inputs[property] !== "s") return undefined;
  if (property === "roleAssignmentName") {
    return {
      property,
      make: (_, hex) =>
        `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    };
  }
  const isChild = names.length > (names.includes("resourceGroupName") && property !== "resourceGroupName" ? 3 : 2);
  if (isChild) return { property, make: (logicalName) => logicalName };
  const { limit, plain } = azureLimits[property] ?? { limit: 80, plain: false };
  const make = (logicalName: string, hex: string) => {
    const base = plain ? logicalName.toLowerCase().replaceAll(/[^a-z0-9]/g, "") : logicalName;
    return base.slice(0, limit - 8) + hex.slice(0, 8);
  };
  return { property, make };
}
