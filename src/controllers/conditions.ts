// Conditions from what is true now: kstatus' Ready, Reconciling and Stalled, and a kind's own.
import type { Reason } from "../api/index.ts";

/** One condition without the bookkeeping. */
export interface Aspect {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: Reason;
  readonly message: string;
}

/** Where an object stands: exactly one of four, so that Reconciling and Stalled are never both there. */
export type Standing =
  | { readonly kind: "ready"; readonly reason: Reason; readonly message: string }
  /** Work goes on; nobody knows yet how it ends. */
  | { readonly kind: "working"; readonly reason: Reason; readonly message: string }
  /** It failed, and nothing but a change from outside helps. */
  | { readonly kind: "stalled"; readonly reason: Reason; readonly message: string }
  /** It is not as declared, and is left so by the spec. */
  | { readonly kind: "unready"; readonly reason: Reason; readonly message: string };

/** The kstatus conditions of a standing. */
export function standingAspects({ kind, reason, message }: Standing): readonly Aspect[] {
  const aspect = (type: string, status: Aspect["status"]): Aspect => ({ type, status, reason, message });
  switch (kind) {
    case "ready":
      return [aspect("Ready", "True")];
    case "working":
      return [aspect("Ready", "Unknown"), aspect("Reconciling", "True")];
    case "stalled":
      return [aspect("Ready", "False"), aspect("Stalled", "True")];
    case "unready":
      return [aspect("Ready", "False")];
  }
}
