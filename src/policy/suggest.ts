// What decisions, scores and exceptions of the last weeks suggest to change, each with its evidence. Nothing is applied.
import { suggestExceptions } from "./suggest-denials.ts";
import { suggestEnforcement } from "./suggest-enforce.ts";
import { dayMs, defaultThresholds, type Mined, type Suggestion, type Thresholds } from "./suggest-mined.ts";
import { reviewExceptions } from "./suggest-review.ts";

/** The suggestions, the best founded first within each kind. */
export function suggestionsOf(mined: Mined, thresholds: Thresholds = defaultThresholds): readonly Suggestion[] {
  const since = mined.now - thresholds.days * dayMs;
  const recent = { ...mined, decisions: mined.decisions.filter(({ time }) => time >= since && time <= mined.now) };
  return [
    ...suggestExceptions(recent, thresholds),
    ...reviewExceptions(recent, thresholds),
    ...suggestEnforcement(recent),
  ];
}
