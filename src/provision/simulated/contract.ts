// What callers of the simulated cloud give and get.
import type { Clock, Random } from "../../kube/clock.ts";

/** The Pulumi packages that are simulated. */
export type CloudPackage = "aws" | "azure-native" | "gcp";

export const cloudPackages: readonly CloudPackage[] = ["aws", "azure-native", "gcp"];

export interface SimulatedCloudOptions {
  /** Aborting it ends the servers; `closed` then resolves. */
  readonly signal: AbortSignal;
  /** Times of creation, expiry of faults, slowness and metering. */
  readonly clock: Clock;
  /** Draws probabilities of faults and ids the engine gave no seed for. Seeded: the cloud is reproducible. */
  readonly random: Random;
  /** Port of the control address on 127.0.0.1; absent or 0: a free one. */
  readonly controlPort?: number;
  /** Ports of the providers on 127.0.0.1; absent or 0: free ones. */
  readonly providerPorts?: Partial<Readonly<Record<CloudPackage, number>>>;
  /** The cloud is read from this file at start and saved to it after every change. Absent: memory only. */
  readonly dataFile?: string;
}

/**
 * A running simulated cloud. Attach the Pulumi engine with the environment variable
 * `PULUMI_DEBUG_PROVIDERS=` + `debugProviders`; credentials come from provider configuration, never from the environment:
 * - aws: `accessKey` and `secretKey` (account: identity.ts `accountOfAccessKey`, or the account of `assumeRoles[].roleArn`), `region`;
 * - azure-native: `clientId`, `clientSecret`, `tenantId`, `subscriptionId`, or `useOidc`/`useMsi` with `subscriptionId`; `location`;
 * - gcp: `credentials` (JSON of a service account key) or `accessToken`, `project`; `region`, `zone`.
 * Another account, subscription or project sees none of the first one's resources.
 */
export interface SimulatedCloud {
  /** Tells one simulated cloud from another; kept in `dataFile`. Part of the identity of every account in it. */
  readonly id: string;
  /** Ports of the gRPC servers on 127.0.0.1. */
  readonly providers: Readonly<Record<CloudPackage, number>>;
  /** Value of PULUMI_DEBUG_PROVIDERS: `aws:PORT,azure-native:PORT,gcp:PORT`. */
  readonly debugProviders: string;
  /** Base URL of the control address, without a trailing slash. `GET /` describes it. */
  readonly control: string;
  /** Resolves when everything has stopped after the signal, with the data file written. */
  readonly closed: Promise<void>;
}
