// The webhooks that ask the policies at the API server's door: for every Dharma kind, and for workloads of namespaces that want it.
import type { KubeObject } from "../../api/index.ts";
import { blueprintRuns, group, kinds, sameJson, version } from "../../api/index.ts";
import type { Decide, Decision } from "../../policy/index.ts";
import type { AdmissionRequest, Validate, Webhook } from "../../runtime/index.ts";

export interface PolicyWebhookOptions {
  readonly policy: Decide;
  readonly operatorNamespace: string;
}

/** On a Namespace: `report` scores its workloads, `enforce` also refuses those that the Kubernetes pack denies. */
export const workloadPolicyLabel = "iacdharma.com/workload-policy";
/** On a Namespace: "true" lets every workload in, for an emergency. Only who has the verb `except` sets either label. */
export const policyExemptLabel = "iacdharma.com/policy-exempt";

/** API groups and resources that the Kubernetes pack has controls for. */
export const workloadResources: readonly { readonly group: string; readonly resources: readonly string[] }[] = [
  { group: "", resources: ["pods", "replicationcontrollers", "services", "serviceaccounts"] },
  { group: "apps", resources: ["deployments", "statefulsets", "daemonsets", "replicasets"] },
  { group: "batch", resources: ["jobs", "cronjobs"] },
  { group: "networking.k8s.io", resources: ["ingresses"] },
  { group: "rbac.authorization.k8s.io", resources: ["roles", "rolebindings"] },
];

/** Kinds that only the operator makes: what they record was decided already. */
const records: ReadonlySet<string> = new Set([blueprintRuns.plural, "remediations"]);

/** Judges Dharma's own kinds. */
export function policyWebhook(options: PolicyWebhookOptions): Webhook {
  return {
    kind: "validating",
    name: "policy",
    rules: [
      {
        group,
        versions: [version],
        resources: kinds.map(({ type }) => type.plural).filter((plural) => !records.has(plural)),
        operations: ["CREATE", "UPDATE"],
      },
    ],
    failurePolicy: "Fail",
    timeoutSeconds: 4,
    handle: judge(options, {}),
  };
}

/** Judges workloads of namespaces labelled `enforce`; never those of the operator or of the cluster itself. */
export function workloadWebhook(options: PolicyWebhookOptions): Webhook {
  return {
    kind: "validating",
    name: "policy-workloads",
    rules: workloadResources.map((rule) => ({ ...rule, versions: ["v1"], operations: ["CREATE", "UPDATE"] })),
    failurePolicy: "Fail",
    timeoutSeconds: 4,
    namespaceSelector: {
      matchExpressions: [
        { key: workloadPolicyLabel, operator: "In", values: ["enforce"] },
        { key: policyExemptLabel, operator: "NotIn", values: ["true"] },
        {
          key: "kubernetes.io/metadata.name",
          operator: "NotIn",
          values: ["kube-system", "kube-node-lease", "kube-public", options.operatorNamespace],
        },
      ],
    },
    // Asked of the namespace by its label: the pack is enforced unless the administrator set another mode for it.
    handle: judge(options, { kubernetes: "Enforce" }),
  };
}

/** Exported for its tests. */
export function judge(
  { policy }: Pick<PolicyWebhookOptions, "policy">,
  modes: NonNullable<Parameters<Decide["decide"]>[2]["modes"]>,
): Validate<KubeObject> {
  return async (request, ctx) => {
    const { object, oldObject, user } = request;
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { kind: "allow" };
    if (request.subresource !== "") return { kind: "allow" };
    // What nobody changed is not refused for a rule that came later: compliance tells of it. So the operator may always set
    // its finalizer.
    if (oldObject !== undefined && sameSubject(object, oldObject)) return { kind: "allow" };
    const decision = await policy.decide(
      "Admission",
      {
        time: new Date(ctx.clock.now()).toISOString(),
        actor: { kind: "User", name: user.username },
        namespace: request.namespace,
        operation: request.operation === "CREATE" ? "Create" : "Update",
        object: withKind(object, request),
        ...(oldObject === undefined ? {} : { oldObject: withKind(oldObject, request) }),
      },
      { signal: ctx.signal, modes },
    );
    const warnings = decision.warn.slice(0, 20).map(told);
    if (decision.allow) return warnings.length === 0 ? { kind: "allow" } : { kind: "allow", warnings };
    ctx.log.info("refused at admission", {
      user: user.username,
      kind: request.kind,
      namespace: request.namespace,
      name: request.name,
      rules: decision.deny.map(({ rule }) => rule),
      bundle: decision.bundle,
    });
    return {
      kind: "deny",
      code: 403,
      reason: "PolicyDenied",
      message: decision.deny.slice(0, 10).map(told).join("; "),
    };
  };
}

function told({ rule, message }: Decision["deny"][number]): string {
  return `${message} (${rule})`;
}

function sameSubject(a: KubeObject, b: KubeObject): boolean {
  return sameJson(subjectOf(a), subjectOf(b));
}

/** What rules look at: everything but what the server and controllers write. */
function subjectOf({ metadata: { labels = {}, annotations = {} }, ...content }: KubeObject): object {
  return { ...content, status: undefined, labels, annotations };
}

/** Objects arrive whole; their kind stands in the request too, where the object says nothing. */
function withKind(object: KubeObject, { group: of, version: at, kind }: AdmissionRequest): Record<string, unknown> {
  return { ...object, apiVersion: object.apiVersion || (of === "" ? at : `${of}/${at}`), kind: object.kind || kind };
}
