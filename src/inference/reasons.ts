// Points lost, told as reasons whose shares are whole percents.
import type { HealthReason } from "./health.ts";
import type { Loss } from "./loop/points.ts";

/** At most as many as status.health takes. */
const most = 16;

/** Shares in whole percent that give exactly 100, largest first (largest remainder); none where nothing is lost. */
export function reasonsOf(losses: readonly Loss[]): readonly HealthReason[] {
  const kept = losses.toSorted((a, b) => b.points - a.points).slice(0, most);
  const total = kept.reduce((sum, { points }) => sum + points, 0);
  if (total <= 0) return [];
  const shares = kept.map(({ points }) => (points * 100) / total);
  const whole = shares.map(Math.floor);
  const left = Math.round(100 - whole.reduce((sum, share) => sum + share, 0));
  const byRemainder = shares.map((share, index) => ({ index, rest: share % 1 })).toSorted((a, b) => b.rest - a.rest);
  for (const { index } of byRemainder.slice(0, left)) whole[index] = (whole[index] ?? 0) + 1;
  return kept
    .map(({ signal, message }, index) => ({ signal, contributionPercent: whole[index] ?? 0, message }))
    .toSorted((a, b) => b.contributionPercent - a.contributionPercent);
}
