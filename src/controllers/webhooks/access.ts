// Asking the API server what somebody may do.
import { group, type SubjectAccessReview, subjectAccessReviewPath, version } from "../../api/index.ts";
import type { AdmissionContext, AdmissionUser } from "../../runtime/index.ts";

/** One thing somebody wants to do. */
export type Access = SubjectAccessReview["spec"]["resourceAttributes"];

/** Approving or rejecting the plan of a run. */
export function approvalOf(run: { readonly namespace?: string; readonly name: string }): Access {
  const { namespace = "", name } = run;
  return { verb: "approve", group, version, resource: "blueprintruns", namespace, name };
}

/** True when RBAC lets `user` do it. Rejects when the API server cannot be asked: whoever asks must then refuse. */
export async function mayDo(
  user: AdmissionUser,
  access: Access,
  ctx: Pick<AdmissionContext, "kube" | "signal">,
): Promise<boolean> {
  const review: SubjectAccessReview = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: user.username,
      groups: user.groups,
      extra: user.extra,
      ...(user.uid === "" ? {} : { uid: user.uid }),
      resourceAttributes: access,
    },
  };
  const answer = await ctx.kube.post(subjectAccessReviewPath, review, { signal: ctx.signal });
  const status: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, "status") : undefined;
  return typeof status === "object" && status !== null && Reflect.get(status, "allowed") === true;
}
