// Services scaled by a policy over a simulated day: what it cost and how many requests were late.
import type { Scorer } from "../../src/inference/index.ts";
import { replicaSamples, type ReplicaInput, stabilised } from "../../src/inference/features/resource-replicas.ts";
import type { ReplicaRecommendation } from "../../src/inference/models/resource-autoscaler.ts";
import { Cluster } from "./resource-cluster.ts";
import { demandOf, type LoadKind, randomOf, stepsADay } from "./resource-load.ts";

export interface LoopOutcome {
  /** Pod hours of all services over the day. */
  readonly podHours: number;
  /** Percent of requests that were late. */
  readonly late: number;
}

/** Samples in the 5 minutes yesterday's movement is taken from. */
const aroundSamples = 20;

/**
 * One service a seed; the first day is known history, the second is scaled every 15 s. Pods take 30 to 90 s to start. The
 * policy sees use, never demand, and nothing of what is to come.
 */
export async function closedLoop(
  policy: Scorer<ReplicaInput, ReplicaRecommendation>,
  stabilisationSeconds: number,
  kind: LoadKind,
  seeds: readonly number[],
  signal: AbortSignal,
): Promise<LoopOutcome> {
  const services = seeds.map((seed) => {
    const demand = demandOf(kind, seed);
    const usage = Float64Array.from(demand);
    const first = demand.subarray(stepsADay - 20, stepsADay).reduce((sum, value) => sum + value, 0) / 20;
    const cluster = new Cluster(Math.ceil(first / 0.7), 30 + 60 * randomOf(seed + 1)());
    return { demand, usage, cluster, recommended: [] as number[] };
  });
  let pods = 0;
  let late = 0;
  let requests = 0;
  for (let at = stepsADay; at < 2 * stepsADay; at++) {
    for (const { demand, usage, cluster } of services) {
      const asked = demand[at] ?? 0;
      const outcome = cluster.step(asked);
      usage[at] = outcome.usage;
      pods += outcome.pods;
      late += outcome.late * asked;
      requests += asked;
    }
    // oxlint-disable-next-line no-await-in-loop -- time goes on only after the decision
    const recommendations = await policy.score(
      services.map(({ usage, cluster }) => inputAt(usage, cluster, at)),
      { signal },
    );
    for (const [index, { cluster, recommended }] of services.entries()) {
      recommended.push(recommendations[index]?.replicas ?? Number.NaN);
      const wanted = recommended.at(-1) ?? Number.NaN;
      const current = cluster.ready + cluster.starting;
      cluster.scaleTo(wanted >= current ? wanted : Math.min(current, stabilised(recommended, stabilisationSeconds)));
    }
  }
  return { podHours: pods / 240, late: (100 * late) / requests };
}

function inputAt(usage: Float64Array, { ready, starting }: Cluster, at: number): ReplicaInput {
  const mean = (from: number): number =>
    usage.subarray(Math.max(0, from), from + aroundSamples).reduce((sum, value) => sum + value, 0);
  const yesterday = at + 1 - stepsADay;
  const before = mean(yesterday - aroundSamples);
  const known = yesterday >= aroundSamples && before > 0 ? { yesterday: mean(yesterday) / before } : {};
  return { usage: usage.subarray(at + 1 - replicaSamples, at + 1), ready, starting, ...known };
}
