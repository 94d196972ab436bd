// The contract between everything that acts and the policies that judge it: four points, one answer.
import type { Mode, PolicyException } from "./settings.ts";

/**
 * Where a decision is asked for. The built-in bundle has rules for Plan and Admission; a point without rules in the
 * bundle is denied (`policy.no-rules`), so ask only where rules are.
 */
export type DecisionPoint = "Admission" | "Plan" | "Remediation" | "Edge";

export type Severity = "Low" | "Medium" | "High" | "Critical";

/** One rule that spoke. */
export interface Finding {
  /** The rule's stable id, e.g. `dharma.storage.public`; ids that start with `policy.` are the host's own refusals. */
  readonly rule: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** URN of the resource it is about; "" when it is about the whole input. */
  readonly resource: string;
  /** Control ids by framework, e.g. `cis-aws-6.0/3.1.4`. */
  readonly controls: readonly string[];
  readonly severity: Severity;
}

/** An answer, as it is recorded in BlueprintRun.status.decisions and in the audit log. */
export interface Decision {
  readonly point: DecisionPoint;
  /** False exactly when `deny` is not empty. A denial is final: no approval lifts it. */
  readonly allow: boolean;
  /** A person has to approve before this is done; the reasons are in `warn`. */
  readonly requireApproval: boolean;
  readonly deny: readonly Finding[];
  readonly warn: readonly Finding[];
  /** `sha256:HEX` of the bundle that decided; "" when there was none. */
  readonly bundle: string;
  /** `sha256:HEX` of the settings and exceptions it was decided under. */
  readonly settings?: string;
  /** `hmac-sha256:KEYID:HEX` of the canonical, masked input: equal inputs have equal digests under one key. */
  readonly input: string;
}

export interface DecideOptions {
  readonly signal: AbortSignal;
  /** Beside those of the namespace: what the webhook attested on the object itself. */
  readonly exceptions?: readonly PolicyException[];
  /** Modes of packs where the administrator says nothing of them for the namespace. */
  readonly modes?: Readonly<Record<string, Mode>>;
  /** Given the canonical masked input whose digest the decision carries, for who keeps it. Not called where there is none. */
  readonly onInput?: (text: string) => void;
}

/**
 * Judges an input at a point. Never rejects but with the signal's reason: whatever goes wrong (no bundle, a rule that
 * loops or throws, an answer of the wrong shape) is a Decision that denies and says why.
 */
export interface Decide {
  decide<P extends DecisionPoint>(point: P, input: DecisionInputs[P], options: DecideOptions): Promise<Decision>;
}

/** What a compliance score is made from. */
export interface Evaluation {
  /** What fails, whatever its pack's mode. */
  readonly fails: readonly Finding[];
  /** Those of them that an enforced pack refuses: something is there that would not be let in. */
  readonly denied: readonly Finding[];
  /** What fails and is covered by an exception; the message tells by whose. */
  readonly excepted: readonly Finding[];
  readonly bundle: string;
}

/** What each point is given. Secrets may be in it: they are masked before anything else happens to it. */
export interface DecisionInputs {
  readonly Admission: AdmissionInput;
  readonly Plan: PlanInput;
  readonly Remediation: JsonObject;
  readonly Edge: JsonObject;
}

export interface JsonObject {
  readonly [key: string]: unknown;
}

/** Who asks: a user name as the API server knows it, or the operator itself. */
export interface Actor {
  readonly kind: "User" | "Operator";
  readonly name: string;
}

export interface AdmissionInput {
  /** Namespace of the object; "" for a cluster-scoped one. */
  readonly namespace?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly actor: Actor;
  readonly operation: "Create" | "Update" | "Delete";
  readonly object?: JsonObject;
  readonly oldObject?: JsonObject;
}

/**
 * Stands in an input for a property that is known only after applying: no rule takes it for a value, and rules can tell it
 * from a property that is absent. It is what the engine itself writes (plugin.UnknownStringValue of pulumi's
 * sdk/v3/go/common/resource/plugin).
 */
export const NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine will do to a resource. `same` resources are in the input too: rules judge the whole result. */
export type ResourceOperation =
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "same"
  | "import"
  | "read"
  | "refresh"
  | "discard";

export interface PlannedResource {
  readonly urn: string;
  /** The component or raw resource of the Blueprint it belongs to. */
  readonly name: string;
  /** Pulumi type token. */
  readonly type: string;
  readonly operation: ResourceOperation;
  /** Inputs before; absent for a create. */
  readonly old?: JsonObject;
  /** Inputs after; absent for a delete. */
  readonly new?: JsonObject;
  /** Top-level properties that change. */
  readonly changed: readonly string[];
  /** URNs of the resources each property of `new` takes a value from. */
  readonly references?: Readonly<Record<string, readonly string[]>>;
  /** Properties that force the replacement. */
  readonly replaceReasons: readonly string[];
  /** Loses data when deleted or replaced. */
  readonly stateful: boolean;
  readonly protect: boolean;
  /** Can't be undone by any later operation (a key's destruction, a name that is never free again). */
  readonly irreversible: boolean;
}

/** A resource as it is: what it was asked to be, and what the cloud made of it. */
export interface ExistingResource {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** The cloud's id. */
  readonly id?: string;
  /** Inputs; for a Kubernetes object its manifest. */
  readonly new: JsonObject;
  readonly outputs?: JsonObject;
  readonly references?: Readonly<Record<string, readonly string[]>>;
}

/** What compliance is judged of: everything of one Blueprint, or workloads of one namespace. */
export interface ComplianceInput {
  /** RFC 3339. */
  readonly time: string;
  readonly namespace: string;
  readonly resources: readonly ExistingResource[];
}

/**
 * Everything a rule about a Blueprint's plan may look at. A figure that is not known is absent, never zero; a property that
 * is known only after applying is NOT_KNOWN.
 */
export interface PlanInput {
  /** RFC 3339; rules have no other clock. */
  readonly time: string;
  readonly actor: Actor;
  readonly blueprint: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly provider: string;
    readonly region: string;
    readonly approval: "Never" | "OnRisk" | "OnDestroy" | "Always";
  };
  readonly operation: "Plan" | "Apply" | "Refresh" | "Destroy" | "Rollback" | "Import";
  readonly cause: "SpecChange" | "Drift" | "Schedule" | "Remediation" | "Rollback" | "Deletion" | "Manual";
  /** Plan id, `sha256:HEX`. */
  readonly plan: string;
  readonly resources: readonly PlannedResource[];
  /** Decimal strings, a month. */
  readonly cost?: {
    readonly before: string;
    readonly after: string;
    readonly currency: string;
    /** Resources without a price. */
    readonly unknownResources: readonly string[];
  };
  readonly carbon?: { readonly beforeKg: string; readonly afterKg: string };
  /** What is left of each budget in reach, a decimal string. */
  readonly budgets?: readonly { readonly name: string; readonly remaining: string; readonly currency: string }[];
  readonly risk?: {
    readonly blastRadius: number;
    readonly irreversible: number;
    readonly score: number;
    readonly level: "None" | "Low" | "Medium" | "High" | "Critical";
  };
}
