// The Blueprint whose life is measured.
import type { Blueprint } from "../src/api/index.ts";

const components = 10;
const machines = 3;

/** One network, machines in it, the rest buckets: what a small product has. */
export function tenComponents({ namespace, name }: { readonly namespace: string; readonly name: string }): Blueprint {
  const spec = {
    provider: "aws",
    region: "eu-central-1",
    approval: "Never",
    drift: { mode: "Ignore", interval: "1h" },
    components: [
      { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 2 } },
      ...Array.from({ length: machines }, (_, index) => ({
        name: `vm${index}`,
        type: "VirtualMachine",
        properties: { cpu: 2, memory: "4Gi", image: "debian-12", network: "${net.id}" },
      })),
      ...Array.from({ length: components - machines - 1 }, (_, index) => ({
        name: `bucket${index}`,
        type: "ObjectStore",
      })),
    ],
  };
  const object: unknown = {
    apiVersion: "iacdharma.com/v1alpha1",
    kind: "Blueprint",
    metadata: { name, namespace },
    spec,
  };
  return object as Blueprint;
}
