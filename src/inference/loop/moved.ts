// When a score is worth a write: every write costs a watch event for everybody.
import type { HealthClass } from "../../api/index.ts";

/** Points a score may stray from what was written. */
export const hysteresis = 5;
/** Points it may stray across the border of its class: a score that trembles around 80 is not written each time. */
export const borderHysteresis = 2;

export interface Written {
  readonly class: HealthClass;
  readonly score?: number;
  readonly anomalyPercent?: number;
  readonly failurePercent?: number;
  readonly driftPercent?: number;
}

const parts = ["anomalyPercent", "failurePercent", "driftPercent"] as const;

/**
 * True when a status should be written: known became unknown or the other way, the score moved by more than it may, or a part
 * is known that was not: people should see that it is looked at.
 */
export function moved(before: Written | undefined, now: Written): boolean {
  if (before === undefined) return true;
  if (parts.some((part) => before[part] === undefined && now[part] !== undefined)) return true;
  if (before.score === undefined || now.score === undefined)
    return before.score !== now.score || before.class !== now.class;
  const distance = Math.abs(before.score - now.score);
  return distance > (before.class === now.class ? hysteresis : borderHysteresis);
}
