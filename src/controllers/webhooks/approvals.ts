// The webhook on BlueprintRuns: who may make them, and the one channel by which a plan is approved or rejected.
import type { BlueprintRun } from "../../api/index.ts";
import { approveAnnotation, group, rejectAnnotation, version } from "../../api/index.ts";
import { attestApproval, type Keyring } from "../../audit/index.ts";
import type { Denied, Mutate, Webhook } from "../../runtime/index.ts";
import { askedOf, attestationAnnotation } from "../attestation/approval.ts";
import { approvalOf, mayDo } from "./access.ts";

export interface ApprovalsOptions {
  readonly keys: Keyring;
  /** The user name the operator itself has: nobody else makes runs or writes their status. */
  readonly operatorUser: string;
}

/** Attests approvals and rejections of those who may give them. */
export function approvalsWebhook(options: ApprovalsOptions): Webhook<BlueprintRun> {
  return {
    kind: "mutating",
    name: "run-approvals",
    rules: [
      {
        group,
        versions: [version],
        resources: ["blueprintruns", "blueprintruns/status"],
        operations: ["CREATE", "UPDATE"],
      },
    ],
    failurePolicy: "Fail",
    timeoutSeconds: 10,
    handle: attestRun(options),
  };
}

/** Exported for its tests. */
export function attestRun({ keys, operatorUser }: ApprovalsOptions): Mutate<BlueprintRun> {
  return async (request, ctx) => {
    const { object, oldObject, user } = request;
    if (object === undefined) return { kind: "allow" };
    if ((oldObject === undefined || request.subresource === "status") && user.username !== operatorUser) {
      return denied(
        `only the operator makes runs and writes their status: to ask for one, set the annotation iacdharma.com/reconcile-at on the Blueprint`,
      );
    }
    if (request.subresource !== "") return { kind: "allow" };
    const now = askedOf(object.metadata.annotations);
    const then = askedOf(oldObject?.metadata.annotations);
    const attestation = object.metadata.annotations?.[attestationAnnotation];
    const sameAttestation = attestation === oldObject?.metadata.annotations?.[attestationAnnotation];
    if (now?.plan === then?.plan && now?.verdict === then?.verdict) {
      return sameAttestation
        ? { kind: "allow" }
        : denied(`the annotation ${attestationAnnotation} is the operator's: leave it as it is`);
    }
    if (now === undefined) return { kind: "mutate", object: without(object) };
    const plan = object.status?.plan?.id;
    if (now.plan !== plan) {
      return denied(
        plan === undefined
          ? "the run has no plan yet: wait until it is AwaitingApproval"
          : `the plan of this run is ${plan}: read that one and name it`,
      );
    }
    if (!(await mayDo(user, approvalOf(request), ctx))) {
      return denied(
        `${user.username} may not approve blueprintruns ${request.namespace}/${request.name}: ask for the verb approve on blueprintruns.${group}`,
      );
    }
    const time = new Date(ctx.clock.now()).toISOString();
    const { username, uid, groups } = user;
    const run = object.metadata.uid ?? "";
    const claim = { verdict: now.verdict, run, plan: now.plan, user: username, uid, groups, time };
    const annotations = {
      ...object.metadata.annotations,
      [attestationAnnotation]: attestApproval(claim, keys.current),
    };
    return { kind: "mutate", object: { ...object, metadata: { ...object.metadata, annotations } } };
  };
}

/** An approval that is taken back takes its attestation along. */
function without(run: BlueprintRun): BlueprintRun {
  const gone = new Set([attestationAnnotation, approveAnnotation, rejectAnnotation]);
  const annotations = Object.fromEntries(
    Object.entries(run.metadata.annotations ?? {}).filter(([name]) => !gone.has(name)),
  );
  return { ...run, metadata: { ...run.metadata, annotations } };
}

function denied(message: string): Denied {
  return { kind: "deny", message, code: 403 };
}
