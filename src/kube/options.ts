// How a client of the API server is made: where the server is, what to inject, whom to tell.
import type { Clock, Random } from "./clock.ts";
import type { Kube } from "./kube.ts";

/** One finished HTTP exchange, for rest_client_requests_total and rest_client_request_duration_seconds. */
export interface RequestObservation {
  /** HTTP status as text, or "<error>" when there was no answer (client-go's word for it). */
  readonly code: string;
  /** HTTP method. */
  readonly method: string;
  /** host:port of the server. */
  readonly host: string;
  /** Kubernetes verb: get, list, watch, create, update, apply, patch, delete, post. */
  readonly verb: string;
  /** Until the headers of the answer came for a watch, until its end for all others. Seconds. */
  readonly durationSeconds: number;
}

export interface KubeOptions {
  /** A kubeconfig file, or the service account of the Pod the process runs in. */
  readonly kubeconfig: { readonly path: string } | { readonly inCluster: true };
  /** A context of the kubeconfig file. Default: its current-context. */
  readonly context?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Must not throw. Called once for each attempt, retries included. */
  readonly observe?: (observation: RequestObservation) => void;
  /** Sent as User-Agent. Default "dharma". */
  readonly userAgent?: string;
  /** Connections for requests; watches have a pool of their own, without a bound. Default 16. */
  readonly connections?: number;
  /** How old credentials and CA files may grow before they are read again, in milliseconds. Default 10,000. */
  readonly refreshMs?: number;
}

/** A Kube with connections to close. */
export interface KubeClient extends Kube, AsyncDisposable {
  /** host:port of the API server. */
  readonly host: string;
  /** The namespace of the context or of the Pod; "default" when neither says. */
  readonly namespace: string;
  /** Ends watches and idle connections, waits for requests in flight. Calls after it reject. */
  close(): Promise<void>;
}
