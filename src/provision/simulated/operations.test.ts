import { describe, expect, it } from "vitest";
import { systemClock } from "../../kube/clock.ts";
import type { Request } from "./admission.ts";
import { cloudPackages } from "./contract.ts";
import { currentInputs } from "./drift.ts";
import type { Identity } from "./identity.ts";
import { createResource, readResource } from "./operations.ts";
import { CloudStore } from "./store.ts";
import { leastInputs } from "./tables/sample.ts";
import { loadTables } from "./tables/tables.ts";

const tables = loadTables();
const regions = { aws: "eu-central-1", "azure-native": "westeurope", gcp: "europe-west3" };

describe("every type", () => {
  const store = new CloudStore({ id: "test", clock: systemClock, changed: () => undefined });
  const parts = { store, references: { from: new Map(), to: new Map() }, clock: systemClock };
  const types = cloudPackages.flatMap((name) => [...tables[name].types.values()]);
  // What the least inputs leave out that a rule of the type demands.
  const extra: Record<string, object> = {
    "aws:ec2/vpc:Vpc": { cidrBlock: "10.0.0.0/16" },
    "aws:ec2/route:Route": { gatewayId: "igw-1" },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": { subnetId: "subnet-1" },
    "aws:ec2/natGateway:NatGateway": { allocationId: "eipalloc-1" },
    "aws:ec2/instance:Instance": { ami: "ami-0123456789abcdef0", instanceType: "t3.micro" },
    "azure-native:resources:ResourceGroup": { location: "westeurope" },
    "azure-native:network:VirtualNetwork": { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
    "azure-native:network:Subnet": { addressPrefix: "10.0.1.0/24" },
    "azure-native:compute:VirtualMachine": {
      hardwareProfile: { vmSize: "Standard_B1s" },
      networkProfile: { networkInterfaces: [{ id: "nic" }] },
    },
    "azure-native:storage:StorageAccount": { accountName: "account0" },
    "azure-native:storage:BlobContainer": { accountName: "account0" },
    "azure-native:storage:BlobServiceProperties": { accountName: "account0" },
    "azure-native:storage:ManagementPolicy": { accountName: "account0" },
    "azure-native:storage:FileShare": { accountName: "account0" },
    "gcp:compute/firewall:Firewall": { allows: [{ protocol: "tcp" }] },
    "gcp:compute/instance:Instance": { machineType: "e2-small", bootDisk: { initializeParams: { image: "debian" } } },
  };

  it.each(types.map((table) => ({ token: table.token, table })))(
    "$token can be made with an id of its form, and read without drift",
    ({ token, table }) => {
      const region = regions[table.package];
      const identity: Identity = {
        package: table.package,
        account: "acct",
        region,
        zone: `${region}-a`,
        principal: "p",
        tenant: "t",
        defaultTags: {},
        allowedAccounts: [],
      };
      const request: Request = { tables: tables[table.package], table, identity };
      const pathNames = [...table.idForm.matchAll(/\{(?:lowercase )?(\w+)\}/g)]
        .map((match) => match[1] ?? "")
        .filter((name) => table.shape.inputs[name] === "s");
      const least = Object.fromEntries(
        Object.entries(leastInputs(tables[table.package], table)).map(([name, value]) => [
          name,
          name === "location" ? region : name === "project" ? "acct" : value,
        ]),
      );
      const names = Object.fromEntries(
        pathNames
          .filter((name) => !["region", "location", "zone", "project", "path", "host", "setIdentifier"].includes(name))
          .map((name) => [name, least[name] ?? "value-0"]),
      );
      const policies = Object.fromEntries(
        ["assumeRolePolicy", "policy"].filter((name) => name in least).map((name) => [name, "{}"]),
      );
      const inputs = { ...least, ...names, ...policies, ...extra[token] };
      const made = createResource(parts, request, inputs);
      expect(made.id).not.toMatch(/[{}]|undefined/);
      expect(made.id.length).toBeGreaterThan(0);
      for (const name of Object.keys(table.shape.outputs)) expect(made.properties, name).toHaveProperty([name]);
      const read = readResource(parts, request, made.id, made.properties);
      expect(read).toBe(made);
      expect(currentInputs(table, made, inputs)).toEqual(inputs);
    },
  );
});
