// The states, inputs and effects of a reflector: the vocabulary of reflector-step.ts.
import type { WatchEvent } from "../kube/index.ts";

export type ReflectorState = { readonly memory: Memory } & (
  | { readonly kind: "init" }
  | { readonly kind: "listing"; readonly at: PageRequest }
  | { readonly kind: "streaming" }
  | {
      readonly kind: "watching";
      readonly resourceVersion: string;
      readonly openedAt: number;
      readonly eventful: boolean;
    }
  | { readonly kind: "probing"; readonly resourceVersion: string }
  | { readonly kind: "backoff"; readonly next: Resume }
);

/** What outlives a state. Times are Clock.monotonic(). */
export interface Memory {
  readonly streaming: "allowed" | "unsupported";
  /** Streams of the initial state that failed in a row. */
  readonly brokenStreams: number;
  readonly failures: number;
  readonly failedAt: number;
  /** When a whole state came in last. */
  readonly committedAt: number | undefined;
}

export interface PageRequest {
  readonly limit: number;
  readonly continueToken: string | undefined;
}

/** What a backoff is followed by. */
export type Resume =
  | { readonly kind: "begin"; readonly by: "stream" | "pages" }
  | { readonly kind: "page"; readonly at: PageRequest }
  | { readonly kind: "probe"; readonly resourceVersion: string }
  | { readonly kind: "watch"; readonly resourceVersion: string };

export type ReflectorInput<T> =
  | { readonly kind: "start" }
  | {
      readonly kind: "page";
      readonly items: readonly T[];
      readonly resourceVersion: string;
      readonly continueToken: string | undefined;
    }
  /** What a probe found; `agrees`: the object looked at is there, and is the one the store holds. */
  | { readonly kind: "probed"; readonly resourceVersion: string; readonly agrees: boolean }
  | { readonly kind: "event"; readonly event: WatchEvent<T> }
  /** The server closed the stream in good order. */
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "woke" };

export type ReflectorEffect<T> =
  | { readonly kind: "discard" }
  | { readonly kind: "stage"; readonly objects: readonly T[] }
  | { readonly kind: "unstage"; readonly object: T }
  | { readonly kind: "commit"; readonly resourceVersion: string }
  | { readonly kind: "put" | "remove"; readonly object: T }
  | { readonly kind: "advance"; readonly resourceVersion: string }
  | { readonly kind: "report"; readonly error: unknown }
  /** The last four start what the next input comes from; without one of them the present source goes on. */
  | { readonly kind: "list"; readonly limit: number; readonly continueToken: string | undefined }
  | { readonly kind: "watch"; readonly resourceVersion: string | undefined; readonly timeoutSeconds: number }
  /** Asks for one object the store holds, with the version of the server. */
  | { readonly kind: "probe" }
  | { readonly kind: "wait"; readonly ms: number };

export interface ReflectorEnv {
  /** Clock.monotonic(). */
  readonly now: number;
  /** A number in [0, 1). */
  readonly random: number;
}

export interface Step<T> {
  readonly state: ReflectorState;
  readonly effects: readonly ReflectorEffect<T>[];
}

export const initialState: ReflectorState = {
  kind: "init",
  memory: { streaming: "allowed", brokenStreams: 0, failures: 0, failedAt: -Infinity, committedAt: undefined },
};
