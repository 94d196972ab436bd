// What another process knew of a subject in trouble, taken up again before this one scores it.
import type { Health } from "../../api/index.ts";
import type { HealthLoop, HealthRecord, LoopSubject } from "../../inference/index.ts";
import type { Kube } from "../../kube/index.ts";
import { readRecords } from "./records.ts";

export interface ResumeParts {
  readonly loop: Pick<HealthLoop, "resume">;
  readonly kube: Kube;
  readonly operatorNamespace: string;
  readonly signal: AbortSignal;
}

/**
 * Reads the record of what is written where that tells of an anomaly; what is well begins anew without a question to the API server.
 */
export async function resume({ uid }: LoopSubject, written: Health | undefined, parts: ResumeParts): Promise<void> {
  parts.loop.resume(uid, isAnomalous(written) ? await recordOf(uid, written, parts) : undefined);
}

async function recordOf(uid: string, written: Health, parts: ResumeParts): Promise<HealthRecord | undefined> {
  const records = await readRecords(parts.kube, parts.operatorNamespace, uid, parts.signal);
  return records.findLast(({ status }) => status.updateTime === written.updateTime);
}

function isAnomalous(health: Health | undefined): health is Health {
  return (health?.class === "Degraded" || health?.class === "Critical") && (health.anomalyPercent ?? 0) > 0;
}
