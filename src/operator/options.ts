// What an operator is started with, and the defaults.
import type { Keyring } from "../audit/index.ts";
import type { KubeOptions } from "../kube/index.ts";
import type { PolicySettings } from "../policy/index.ts";
import type { HoldingOptions, Logger } from "../runtime/index.ts";
import type { SpecAdmission } from "../controllers/webhooks/spec.ts";
import type { SignalChoice } from "./signals.ts";

/** Which cloud providers talk to. `simulated`: a cloud in this process, for newcomers and tests. */
export type CloudChoice =
  | {
      readonly kind: "real";
      /** Folder of the provider plugins: `resource-aws-v7.48.0` and the like. */
      readonly plugins: string;
    }
  | {
      readonly kind: "simulated";
      /** Port of the control address on 127.0.0.1; default: a free one. */
      readonly controlPort?: number;
      /** Keeps the cloud across restarts; default: memory only. */
      readonly dataFile?: string;
    };

/** Where the webhooks listen and how the API server gets there. `service`: by the chart's Service and configurations. */
export type WebhookChoice =
  | { readonly kind: "url"; readonly address: string }
  | { readonly kind: "service"; readonly address: string; readonly service: string };

export interface OperatorOptions {
  readonly kubeconfig: KubeOptions["kubeconfig"];
  readonly context?: string;
  readonly cloud: CloudChoice;
  /** The operator's own namespace: state, keys, audit log, leases. Made where it is missing. */
  readonly namespace: string;
  readonly log: Logger;
  /** Paths of the pulumi and opa CLIs. opa is needed only where the policies were never compiled before. */
  readonly pulumi: string;
  readonly opa?: string;
  /** `HOST:PORT` or `:PORT`; absent: not served. */
  readonly metricsAddress?: string;
  readonly healthAddress?: string;
  /** Absent: no webhooks, so that approvals stay unattested and references are not used. */
  readonly webhooks?: WebhookChoice;
  /** Operations at once; default 2. */
  readonly workers?: number;
  /** Default: alone by Leases in `namespace`. */
  readonly holding?: HoldingOptions;
  /** File with the keys of state, approvals and digests; default: a Secret of the operator's namespace. */
  readonly keyFile?: string;
  /** The administrator's settings (settings.ts): default credentials, named backends. Default: none. */
  readonly settingsFile?: string;
  readonly allowedPackages?: readonly string[];
  /** What holds where there are no policy settings in the cluster. */
  readonly policySettings?: PolicySettings;
  /** ConfigMap of `namespace` with the policy settings; default dharma-policy. */
  readonly policyConfig?: string;
  /** Judges Kubernetes workloads of labelled namespaces, which takes the right to read them. Default: it doesn't. */
  readonly workloads?: "judged";
  /** Where the health loop's numbers come from, beside the simulated cloud. Default: nowhere, so that conditions alone count. */
  readonly signals?: SignalChoice;
  /** Folder of NAME/VARIANT with models beside the built-in ones. Default: none. */
  readonly modelsFolder?: string;
  /** Time between two cycles of the health loop; default 15 seconds. */
  readonly healthIntervalMs?: number;
  /** Scores workloads labelled iacdharma.com/health=score, which takes the right to patch them. Default: it doesn't. */
  readonly healthOfWorkloads?: "selected";
  /** Thresholds of a namespace begin from the counts of answers in the others. Default: each namespace learns alone. */
  readonly sharedThresholds?: "counts";
  /** Default Warn. */
  readonly specAdmission?: SpecAdmission;
  /** Default anyone. */
  readonly approver?: "anyone" | "notTheAuthor";
  /** Default 7 days. */
  readonly planLifeMs?: number;
  /** Default one hour. */
  readonly operationDeadlineMs?: number;
  /** The longest call of a dead worker's provider; default 10 minutes. */
  readonly providerTimeoutMs?: number;
}

/** Keys by purpose, derived from one ring. */
export interface OperatorKeys {
  readonly approvals: Keyring;
  readonly audit: Keyring;
  readonly references: Keyring;
  readonly inputs: Uint8Array;
  readonly policy: { readonly id: string; readonly secret: Uint8Array };
}
