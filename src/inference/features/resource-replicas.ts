// What a replica count is decided from, and Kubernetes' own rule for it.

/** Samples of use a decision looks back on: 30 minutes, one every 15 s (the period of the horizontal pod autoscaler). */
export const replicaSamples = 120;
export const replicaPeriodSeconds = 15;

export interface ReplicaInput {
  /** 120 samples of all pods' use, one every 15 s, oldest first, in pods: 3.5 is the full use of three and a half pods. */
  readonly usage: ArrayLike<number>;
  /** Pods that serve now, at least 1, and pods that are still starting. */
  readonly ready: number;
  readonly starting: number;
  /**
   * How use moved at this time of day yesterday: the mean of the 5 minutes after over the mean of the 5 minutes before.
   * Absent where there was no yesterday.
   */
  readonly yesterday?: number;
}

/** Samples that are averaged to the present use, as the metrics API's window of a minute. */
const presentSamples = 4;

export function presentUse({ usage }: ReplicaInput): number {
  let sum = 0;
  for (let at = usage.length - presentSamples; at < usage.length; at++) sum += usage[at] ?? Number.NaN;
  return sum / presentSamples;
}

/** What HPA takes as near enough to the target: 10 %. */
const tolerance = 0.1;

/**
 * The horizontal pod autoscaler's replicas for a target share of use, before stabilisation (Kubernetes documentation,
 * "Horizontal Pod Autoscaling", algorithm details): use of ready pods over the target; while pods start, growth is judged
 * as if they used nothing; nothing happens within the tolerance; growth is at most the larger of 4 pods and 100 % a period.
 */
export function hpaReplicas(input: ReplicaInput, target: number): number {
  const { ready, starting } = input;
  const current = ready + starting;
  const use = presentUse(input);
  const ratio = use / ready / target;
  if (Math.abs(ratio - 1) <= tolerance) return current;
  if (ratio < 1 || starting === 0) return bounded(Math.ceil(ratio * (ratio < 1 ? current : ready)), current);
  const damped = use / current / target;
  return damped <= 1 + tolerance ? current : bounded(Math.ceil(damped * current), current);
}

function bounded(wanted: number, current: number): number {
  return Math.max(1, Math.min(wanted, current + Math.max(4, current)));
}

/** The highest of the recommendations of the last `seconds`, the newest last: a fall has to last. */
export function stabilised(recommendations: readonly number[], seconds: number): number {
  return Math.max(...recommendations.slice(-Math.max(1, Math.round(seconds / replicaPeriodSeconds))));
}
