// Events about objects: what a person sees under `kubectl describe`.
import type { KubeObject } from "../api/object.ts";

/** One thing to tell. Never put secrets here. */
export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** UpperCamelCase, from the documented list. */
  readonly reason: string;
  /** UpperCamelCase verb: what was being done. */
  readonly action: string;
  /** For people; cut to less than 1 kB. */
  readonly note: string;
  readonly related?: KubeObject;
}

/** Records events; buffered, repeats become a series, bounded in rate. Recording never fails and never waits. */
export interface EventRecorder {
  record(regarding: KubeObject, event: EventNote): void;
  /** Sends what is buffered; resolves when all is sent or given up. */
  flush(signal: AbortSignal): Promise<void>;
}

/** An EventRecorder bound to the object of a pass. */
export interface ObjectEvents {
  normal(reason: string, action: string, note: string): void;
  warning(reason: string, action: string, note: string): void;
}
