// What every operation of the state service works with.
import type { Clock } from "../../kube/index.ts";
import { StackCell } from "./cell.ts";
import { Contents } from "./contents.ts";
import type { KeyRing } from "./keys.ts";
import type { StateLimits } from "./limits.ts";
import { patientStore } from "./patience.ts";
import type { Entropy } from "./seal.ts";
import { stackPath } from "./stack.ts";
import type { StackId } from "./stack.ts";
import type { StackStore } from "./store.ts";
import { Usage } from "./usage.ts";

export interface ContextOptions {
  readonly store: StackStore;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: StateLimits;
  readonly patienceMs: number;
  readonly leaseMs: number;
  /** How long a lease must be seen unrenewed, on this replica's own clock, before it counts as expired. */
  readonly observationMs: number;
}

export interface StateContext extends ContextOptions {
  readonly contents: Contents;
  readonly usage: Usage;
  readonly newId: () => string;
  cell(stack: StackId): StackCell;
}

const maxCells = 1_024;

export function stateContext(options: ContextOptions): StateContext {
  const store = patientStore(options.store, options);
  const cells = new Map<string, StackCell>();
  const newId = (): string => Buffer.from(options.entropy(12)).toString("hex");
  return {
    ...options,
    store,
    contents: new Contents(store, options.ring, options.entropy),
    usage: new Usage(store, options.clock),
    newId,
    cell: (stack) => {
      const path = stackPath(stack);
      const cell = cells.get(path) ?? new StackCell(stack, store, options, newId);
      cells.delete(path);
      cells.set(path, cell);
      // An evicted cell may still be at work: compare-and-swap keeps it right, the cache only spares reads.
      const [oldest] = cells.keys();
      if (cells.size > maxCells && oldest !== undefined) cells.delete(oldest);
      return cell;
    },
  };
}
