// What every bench is given.

export interface BenchContext {
  /** How many paused Blueprints. */
  readonly objects: number;
  /** How often both sides are measured, in turn. */
  readonly rounds: number;
  readonly signal: AbortSignal;
  /** Progress, for a person. */
  readonly tell: (text: string) => void;
}
