// A challenger against the one that answers, by outcomes both had predicted. Pure.
import type { Loss } from "./outcome.ts";

export interface RaceRules {
  /** Outcomes before anything is decided. */
  readonly minOutcomes: number;
  /** Share by which the loser's error must be larger. */
  readonly margin: number;
  /** Outcomes after which one counts half. */
  readonly halfLife: number;
  /** Outcomes after which a shadow that isn't better is let go. */
  readonly patience: number;
}

export const defaultRaceRules: RaceRules = { minOutcomes: 100, margin: 0.05, halfLife: 500, patience: 5_000 };

/** Sums over outcomes, each weighted by its age. */
export interface Race {
  /** Outcomes, unweighted. */
  readonly outcomes: number;
  readonly weight: number;
  readonly squaredWeight: number;
  readonly answeringLoss: number;
  readonly challengerLoss: number;
  /** Of the difference, answering minus challenger: positive where the challenger is better. */
  readonly difference: number;
  readonly squaredDifference: number;
}

export const newRace: Race = {
  outcomes: 0,
  weight: 0,
  squaredWeight: 0,
  answeringLoss: 0,
  challengerLoss: 0,
  difference: 0,
  squaredDifference: 0,
};

export function counted(race: Race, answering: number, challenger: number, { halfLife }: RaceRules): Race {
  const keep = 0.5 ** (1 / halfLife);
  const difference = answering - challenger;
  return {
    outcomes: race.outcomes + 1,
    weight: race.weight * keep + 1,
    squaredWeight: race.squaredWeight * keep * keep + 1,
    answeringLoss: race.answeringLoss * keep + answering,
    challengerLoss: race.challengerLoss * keep + challenger,
    difference: race.difference * keep + difference,
    squaredDifference: race.squaredDifference * keep + difference * difference,
  };
}

/** Mean losses; undefined before the first outcome. */
export function errorsOf(race: Race): { readonly answering: number; readonly challenger: number } | undefined {
  if (race.outcomes === 0) return undefined;
  return { answering: race.answeringLoss / race.weight, challenger: race.challengerLoss / race.weight };
}

/**
 * Standard errors by which the mean difference must be off zero. It is looked at after each outcome, hundreds of times:
 * this many keep chance from winning one of them.
 */
const certainty = 4;

/** better: the challenger is, by the margin and beyond chance · worse: likewise · open: neither, or too few outcomes. */
export function verdict(race: Race, { minOutcomes, margin }: RaceRules): "better" | "worse" | "open" {
  const errors = errorsOf(race);
  if (errors === undefined || race.outcomes < minOutcomes) return "open";
  const mean = race.difference / race.weight;
  const variance = Math.max(0, race.squaredDifference / race.weight - mean * mean);
  const effective = (race.weight * race.weight) / race.squaredWeight;
  if (Math.abs(mean) <= certainty * Math.sqrt(variance / effective)) return "open";
  if (mean > 0) return errors.challenger <= errors.answering * (1 - margin) ? "better" : "open";
  return errors.answering <= errors.challenger * (1 - margin) ? "worse" : "open";
}

/** How wrong a prediction was; undefined where either isn't a number. */
export function lossOf(loss: Exclude<Loss, "told">, predicted: number | undefined, actual: number): number | undefined {
  if (predicted === undefined || !Number.isFinite(predicted) || !Number.isFinite(actual)) return undefined;
  if (loss === "brier") return (predicted - actual) ** 2;
  if (loss === "absolute") return Math.abs(predicted - actual);
  const p = Math.min(Math.max(predicted, 1e-6), 1 - 1e-6);
  return -(actual * Math.log(p) + (1 - actual) * Math.log(1 - p));
}
