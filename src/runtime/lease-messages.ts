// What the thread that works and the thread that renews leases say to each other.
import type { KubeOptions } from "../kube/options.ts";
import type { LeaseRequest } from "./leases.ts";

/** How the renewing thread makes a client of its own; plain data. */
export type LeaseConnection = Pick<KubeOptions, "kubeconfig" | "context" | "userAgent">;

export interface LeaseThreadData {
  readonly connection: LeaseConnection;
  readonly terms: SharedArrayBuffer;
  /** The working thread silent for longer is taken for dead: its leases are no longer renewed. */
  readonly silenceMs: number;
}

export type ToLeaseThread =
  | { readonly kind: "contend"; readonly slot: number; readonly request: LeaseRequest }
  | { readonly kind: "end"; readonly slot: number }
  | { readonly kind: "close" };

export type FromLeaseThread =
  | { readonly kind: "acquired"; readonly slot: number; readonly term: bigint }
  | { readonly kind: "lost"; readonly slot: number; readonly why: string }
  | { readonly kind: "ended"; readonly slot: number }
  | {
      readonly kind: "trouble";
      readonly name: string;
      readonly error: { readonly name: string; readonly message: string };
    };
