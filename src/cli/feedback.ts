// `dharma feedback`: says whether an alarm was right, so that the object's threshold learns from it.
import type { Health } from "../api/index.ts";
import { feedbackAnnotation } from "../controllers/health/names.ts";
import { readRecords } from "../controllers/health/records.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { ownUserName } from "../operator/cluster.ts";
import { CommandError } from "./connect.ts";
import type { Named } from "./resource.ts";

export interface FeedbackRequest {
  readonly answer: "true-alarm" | "false-alarm";
  /** Where the operator keeps its records. */
  readonly operatorNamespace: string;
}

/** Answers the newest alarm about an object; resolves with a sentence. Rejects where there has been none. */
export async function giveFeedback(
  kube: Kube,
  { type, object, health }: Named,
  { answer, operatorNamespace }: FeedbackRequest,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, name, uid = "" } = object.metadata;
  const alarm = isAlarm(health) ? health : await lastAlarm(kube, operatorNamespace, uid, signal);
  if (alarm?.updateTime === undefined)
    throw new CommandError(
      `There has been no alarm about ${type.kind} ${name} to answer: its health is ${health?.class ?? "not judged yet"}.`,
    );
  const said = answer === "true-alarm" ? "TrueAlarm" : "FalseAlarm";
  const from = await ownUserName(kube, signal);
  const key = namespace === undefined ? { name } : { namespace, name };
  const body = { metadata: { annotations: { [feedbackAnnotation]: `${said}@${alarm.updateTime}@${from}` } } };
  await kube.patch(type, key, { kind: "merge", body }, { signal });
  return [
    `${type.kind} ${name}: the alarm of ${alarm.updateTime} (${alarm.class}) was a ${answer.replace("-", " ")}.`,
    `From now on it takes ${answer === "false-alarm" ? "more" : "less"} of an anomaly to cost it points.`,
  ].join(" ");
}

function isAlarm(health: Pick<Health, "class"> | undefined): boolean {
  return health?.class === "Degraded" || health?.class === "Critical";
}

/** From the records, where they can be read: the score may have recovered since. */
async function lastAlarm(
  kube: Kube,
  operatorNamespace: string,
  uid: string,
  signal: AbortSignal,
): Promise<Pick<Health, "class" | "updateTime"> | undefined> {
  try {
    const records = await readRecords(kube, operatorNamespace, uid, signal);
    return records.findLast(({ status }) => isAlarm(status))?.status;
  } catch (error) {
    if (!isKubeError(error, "forbidden")) throw error;
    return undefined;
  }
}
