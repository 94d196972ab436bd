// How busy a resource is: slow daily load and noise, a pure function of the resource, its health and the time.
import type { CloudResource } from "../store.ts";

const DAY = 86_400_000;
/** How far the daily load swings about its mean. */
const SWING = 0.35;
/** Periods of the noise in milliseconds and how much each moves; the shortest is felt at every scrape. */
const octaves: readonly (readonly [number, number])[] = [
  [600_000, 0.5],
  [60_000, 0.3],
  [2_000, 0.2],
];

/** What its meters would show at one moment. */
export interface Load {
  readonly up: 0 | 1;
  /** 0 to 1. */
  readonly errorRatio: number;
  readonly latencySeconds: number;
  /** 0 to 1. */
  readonly utilization: number;
  /** Mean requests a second between two times; the noise is left out, so that counters add up. */
  readonly requestsPerSecond: (from: number, to: number) => number;
}

/** `level` is 1 for well, 0 for dead. Every resource has its own mean, its own time of day and its own noise. */
export function loadOf(one: Pick<CloudResource, "serial">, level: number, now: number): Load {
  const { serial } = one;
  const trait = (salt: number) => draw(serial, salt, 0);
  const phase = 2 * Math.PI * trait(1) * 0.25;
  const daily = 1 + SWING * Math.sin((2 * Math.PI * now) / DAY + phase);
  const noise = (salt: number) => noiseAt(serial, salt, now);
  const busy = (0.2 + 0.25 * trait(2)) * daily * (1 + 0.1 * noise(3));
  return {
    up: level > 0 ? 1 : 0,
    errorRatio: Math.min(1, 0.001 + 0.002 * Math.abs(noise(4)) + 0.5 * (1 - level)),
    latencySeconds: ((0.015 + 0.015 * trait(5)) * (1 + 0.4 * busy) * (1 + 0.08 * noise(6))) / Math.max(0.05, level),
    utilization: Math.min(1, busy + 0.6 * (1 - level)),
    requestsPerSecond: (from, to) => (5 + 45 * trait(7)) * meanOfDay(phase, from, to),
  };
}

/** Mean of 1 + SWING sin over [from, to]: the integral, so that any way of cutting the time gives the same sum. */
function meanOfDay(phase: number, from: number, to: number): number {
  if (to <= from) return 0;
  const angle = (time: number) => (2 * Math.PI * time) / DAY + phase;
  return 1 + (SWING * DAY * (Math.cos(angle(from)) - Math.cos(angle(to)))) / (2 * Math.PI * (to - from));
}

/** Value noise in [-1, 1]: random values a period apart with a smooth way between them, over several periods. */
function noiseAt(serial: number, salt: number, now: number): number {
  let sum = 0;
  for (const [period, weight] of octaves) {
    const step = Math.floor(now / period);
    const part = now / period - step;
    const eased = part * part * (3 - 2 * part);
    const before = draw(serial, salt, step);
    const after = draw(serial, salt, step + 1);
    sum += weight * (2 * (before + (after - before) * eased) - 1);
  }
  return sum;
}

/** A number in [0, 1) that is always the same for the same three: murmur3's finalizer over their mix. */
function draw(serial: number, salt: number, step: number): number {
  let mixed = (Math.imul(serial, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca77) ^ Math.imul(step | 0, 0xc2b2ae3d)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
