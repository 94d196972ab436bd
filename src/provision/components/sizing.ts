// Machine sizes per cloud: the cheapest that has the asked processors and memory.
// Source of sizes: the clouds' instance documentation. Source of prices: on-demand Linux, USD an hour, us-east-1 (2026-07),
// eastus (2026-06) and us-central1 (2026-06), read off karpenter's and kubernetes/autoscaler's price tables (Apache-2.0).
// t2a is not in those tables; its prices are from Google's price list.
// Prices only order the sizes here; costs are src/finance's.
import type { CloudProvider } from "../graph/graph.ts";

/** Processor architecture. */
export type Architecture = "amd64" | "arm64";

/** One machine size. */
export interface MachineSize {
  readonly name: string;
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly architecture: Architecture;
  readonly usdPerHour: number;
}

const size = (
  name: string,
  cpu: number,
  memoryGiB: number,
  usdPerHour: number,
  architecture: Architecture = "amd64",
) => ({
  name,
  cpu,
  memoryGiB,
  architecture,
  usdPerHour,
});
const arm = (name: string, cpu: number, memoryGiB: number, usdPerHour: number) =>
  size(name, cpu, memoryGiB, usdPerHour, "arm64");

const SIZES: Readonly<Record<CloudProvider, readonly MachineSize[]>> = {
  aws: [
    size("t3.micro", 2, 1, 0.0104),
    size("t3.small", 2, 2, 0.0208),
    size("t3.medium", 2, 4, 0.0416),
    size("t3.large", 2, 8, 0.0832),
    size("t3.xlarge", 4, 16, 0.1664),
    size("t3.2xlarge", 8, 32, 0.3328),
    size("c7i.xlarge", 4, 8, 0.1785),
    size("c7i.2xlarge", 8, 16, 0.357),
    size("c7i.4xlarge", 16, 32, 0.714),
    size("c7i.8xlarge", 32, 64, 1.428),
    size("m7i.4xlarge", 16, 64, 0.8064),
    size("m7i.8xlarge", 32, 128, 1.6128),
    size("m7i.16xlarge", 64, 256, 3.2256),
    size("r7i.large", 2, 16, 0.1323),
    size("r7i.xlarge", 4, 32, 0.2646),
    size("r7i.2xlarge", 8, 64, 0.5292),
    size("r7i.4xlarge", 16, 128, 1.0584),
    size("r7i.8xlarge", 32, 256, 2.1168),
    arm("t4g.micro", 2, 1, 0.0084),
    arm("t4g.small", 2, 2, 0.0168),
    arm("t4g.medium", 2, 4, 0.0336),
    arm("t4g.large", 2, 8, 0.0672),
    arm("t4g.xlarge", 4, 16, 0.1344),
    arm("t4g.2xlarge", 8, 32, 0.2688),
    arm("m7g.4xlarge", 16, 64, 0.6528),
    arm("m7g.8xlarge", 32, 128, 1.3056),
    arm("m7g.16xlarge", 64, 256, 2.6112),
    arm("r7g.large", 2, 16, 0.1071),
    arm("r7g.xlarge", 4, 32, 0.2142),
    arm("r7g.2xlarge", 8, 64, 0.4284),
    arm("r7g.4xlarge", 16, 128, 0.8568),
    arm("r7g.8xlarge", 32, 256, 1.7136),
  ],
  azure: [
    size("Standard_B2ts_v2", 2, 1, 0.0104),
    size("Standard_B2ls_v2", 2, 4, 0.0416),
    size("Standard_B2s_v2", 2, 8, 0.0832),
    size("Standard_B4ls_v2", 4, 8, 0.147),
    size("Standard_B4s_v2", 4, 16, 0.166),
    size("Standard_B8ls_v2", 8, 16, 0.332),
    size("Standard_B8s_v2", 8, 32, 0.37),
    size("Standard_F16s_v2", 16, 32, 0.677),
    size("Standard_D16s_v5", 16, 64, 0.768),
    size("Standard_D32s_v5", 32, 128, 1.536),
    size("Standard_D64s_v5", 64, 256, 3.072),
    size("Standard_E2s_v5", 2, 16, 0.126),
    size("Standard_E4s_v5", 4, 32, 0.252),
    size("Standard_E8s_v5", 8, 64, 0.504),
    size("Standard_E16s_v5", 16, 128, 1.008),
    size("Standard_E32s_v5", 32, 256, 2.016),
    arm("Standard_B2pts_v2", 2, 1, 0.0084),
    arm("Standard_B2pls_v2", 2, 4, 0.0336),
    arm("Standard_B2ps_v2", 2, 8, 0.0764),
    arm("Standard_B4pls_v2", 4, 8, 0.119),
    arm("Standard_B4ps_v2", 4, 16, 0.134),
    arm("Standard_B8ps_v2", 8, 32, 0.269),
    arm("Standard_D16ps_v5", 16, 64, 0.616),
    arm("Standard_D32ps_v5", 32, 128, 1.232),
    arm("Standard_D64ps_v5", 64, 208, 2.464),
    arm("Standard_E2ps_v5", 2, 16, 0.101),
    arm("Standard_E4ps_v5", 4, 32, 0.202),
    arm("Standard_E8ps_v5", 8, 64, 0.403),
    arm("Standard_E16ps_v5", 16, 128, 0.806),
    arm("Standard_E32ps_v5", 32, 208, 1.613),
  ],
  gcp: [
    size("e2-medium", 2, 4, 0.03351),
    size("e2-highcpu-2", 2, 2, 0.04947),
    size("e2-standard-2", 2, 8, 0.06701),
    size("e2-highmem-2", 2, 16, 0.0904),
    size("e2-highcpu-4", 4, 4, 0.09894),
    size("e2-standard-4", 4, 16, 0.13402),
    size("e2-highmem-4", 4, 32, 0.1808),
    size("e2-highcpu-8", 8, 8, 0.19788),
    size("e2-standard-8", 8, 32, 0.26805),
    size("e2-highmem-8", 8, 64, 0.3616),
    size("e2-highcpu-16", 16, 16, 0.39576),
    size("e2-standard-16", 16, 64, 0.53609),
    size("e2-highmem-16", 16, 128, 0.7232),
    size("e2-standard-32", 32, 128, 1.0721),
    size("n2-highmem-32", 32, 256, 2.0962),
    size("n2-highcpu-64", 64, 64, 2.2943),
    size("n2-highmem-48", 48, 384, 3.1443),
    arm("t2a-standard-1", 1, 4, 0.0385),
    arm("t2a-standard-2", 2, 8, 0.077),
    arm("t2a-standard-4", 4, 16, 0.154),
    arm("t2a-standard-8", 8, 32, 0.308),
    arm("t2a-standard-16", 16, 64, 0.616),
    arm("t2a-standard-32", 32, 128, 1.232),
  ],
};

/** The cheapest size with at least `cpu` processors and `memoryGiB` memory; undefined when the cloud has none here. */
export function machineSize(
  provider: CloudProvider,
  wanted: { readonly cpu: number; readonly memoryGiB: number; readonly architecture: Architecture },
): MachineSize | undefined {
  return SIZES[provider]
    .filter(({ architecture }) => architecture === wanted.architecture)
    .filter(({ cpu, memoryGiB }) => cpu >= wanted.cpu && memoryGiB >= wanted.memoryGiB)
    .toSorted((left, right) => left.usdPerHour - right.usdPerHour)[0];
}

/** GiB of a Kubernetes quantity such as `4Gi`, `512Mi` or `4G`; undefined when malformed. */
export function gibibytes(quantity: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(quantity);
  if (match?.[1] === undefined) return undefined;
  const factors: Readonly<Record<string, number>> = {
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
  };
  const factor = match[2] === undefined ? 1 : (factors[match[2]] ?? 1);
  return (Number(match[1]) * factor) / 2 ** 30;
}
