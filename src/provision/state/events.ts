// Engine events (apitype.EngineEvent) as they arrive from a running operation.
import type { StackId, UpdateKind } from "./stack.ts";

/** One engine event; exactly one of the payload fields (`resourcePreEvent`, `diagnosticEvent`, ...) is set. */
export interface EngineEvent {
  /** Unique and rising within an update. */
  readonly sequence: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly [payload: string]: unknown;
}

/** An event with the operation it belongs to. */
export interface DeliveredEvent {
  readonly stack: StackId;
  readonly updateId: string;
  readonly kind: UpdateKind;
  /** What the token's issuer named the operation (a BlueprintRun), if it did. */
  readonly operation: string | undefined;
  readonly event: EngineEvent;
}

/** Called in order of arrival, synchronously; it must not throw and must not block. */
export type EngineEventSink = (delivered: DeliveredEvent) => void;
