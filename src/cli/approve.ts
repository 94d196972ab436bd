// `dharma approve` and `dharma reject`: the one channel of approval, an annotation on the run.
import { approveAnnotation, blueprintRuns, rejectAnnotation } from "../api/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { countsOf } from "./print-plan.ts";
import { awaitingRun } from "./runs.ts";

export interface Answer {
  readonly verdict: "approve" | "reject";
  /** A run, or a Blueprint whose run waits. */
  readonly name: string;
  /** The plan the person has read; refused when it is not the one that waits. Absent: the one that waits now. */
  readonly plan: string | undefined;
}

/** Writes the answer; resolves with the sentence that says what was done. */
export async function answerPlan(kube: Kube, namespace: string, answer: Answer, signal: AbortSignal): Promise<string> {
  const run = await awaitingRun(kube, namespace, answer.name, signal);
  const plan = run.status?.plan;
  const waits = run.status?.phase === "AwaitingApproval";
  if (plan === undefined || !waits)
    throw new CommandError(
      `Run ${run.metadata.name} doesn't wait for approval: it is ${run.status?.phase ?? "Pending"}.`,
    );
  if (answer.plan !== undefined && answer.plan !== plan.id) {
    throw new CommandError(
      `The plan that waits is ${plan.id}, not ${answer.plan}. Read it first: dharma plan ${run.spec.blueprintRef.name} -n ${namespace}`,
    );
  }
  const annotation = answer.verdict === "approve" ? approveAnnotation : rejectAnnotation;
  try {
    await kube.patch(
      blueprintRuns,
      { namespace: run.metadata.namespace ?? namespace, name: run.metadata.name },
      { kind: "merge", body: { metadata: { annotations: { [annotation]: plan.id } } } },
      { signal },
    );
  } catch (error) {
    if (isKubeError(error, "forbidden", "invalid")) throw new CommandError(error.message);
    throw error;
  }
  return `${answer.verdict === "approve" ? "Approved" : "Rejected"}: ${countsOf(plan)} (${plan.id}). Follow it: kubectl get blueprintrun ${run.metadata.name} -n ${namespace} -w`;
}
