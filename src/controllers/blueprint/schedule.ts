// When to look for drift again, and when the time to live is over.
import type { Blueprint } from "../../api/index.ts";
import { durationMs } from "../../api/index.ts";
import { fnv1a } from "../../runtime/index.ts";

const defaultIntervalMs = 60 * 60_000;
const minIntervalMs = 60_000;
/** Checks are spread over this share of the interval so that Blueprints made together are not checked together. */
const jitterShare = 0.1;

/** Milliseconds between the end of one check and the next of this Blueprint: the interval and up to 10 % more, the same each time. */
export function checkIntervalMs(blueprint: Blueprint): number {
  const asked = durationMs(blueprint.spec.drift.interval) ?? defaultIntervalMs;
  const interval = Math.max(minIntervalMs, asked);
  return Math.round(interval * (1 + jitterShare * fraction(blueprint.metadata.uid ?? "")));
}

/** A number in [0, 1) that is always the same for a text: spread without randomness. */
const fraction = (text: string): number => fnv1a(text) / 2 ** 32;

/** Milliseconds until the TTL runs out; infinite without one. */
export function untilExpiry(blueprint: Blueprint, now: number): number {
  const ttl = durationMs(blueprint.spec.ttl ?? "");
  const made = Date.parse(blueprint.metadata.creationTimestamp ?? "");
  return ttl === undefined || Number.isNaN(made) ? Number.POSITIVE_INFINITY : Math.max(0, made + ttl - now);
}
