// What the list of reasons says about each code.

/**
 * Who has to move:
 * - `none`: nobody, it is a state and no failure;
 * - `retry`: the operator tries again by itself;
 * - `waitForInput`: a person, or another object, has to change something first;
 * - `giveUp`: this attempt is over for good; a new spec or a new request makes a new one.
 */
export type RetryClass = "none" | "retry" | "waitForInput" | "giveUp";

/** One documented reason. */
export interface ReasonEntry {
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What a person does about it; for `none`, what happens next. */
  readonly action: string;
  readonly retry: RetryClass;
}

/** Checks the shape of a part of the list and keeps its codes as literal types. */
export function listed<Code extends string>(
  part: Readonly<Record<Code, ReasonEntry>>,
): Readonly<Record<Code, ReasonEntry>> {
  return part;
}
