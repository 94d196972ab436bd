// What a written score was made from, kept in the operator's namespace for `dharma explain`: the newest dozen a subject.
import { configMaps, type ConfigMap } from "../../api/index.ts";
import type { HealthRecord } from "../../inference/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import { healthManager, recordLabel, recordName, subjectAnnotation, subjectText } from "./names.ts";

/** Records kept of one subject. */
const kept = 12;
/** Bytes of them at most: a ConfigMap takes 1 MiB, and etcd pays for every write. */
const maxBytes = 128 * 1024;
const field = "records.json";

/** Keeps a record beside those `before` it, newest last. The older ones go when they are too many or too large. */
export async function saveRecord(
  kube: Kube,
  namespace: string,
  { before, record }: { readonly before: readonly HealthRecord[]; readonly record: HealthRecord },
  signal: AbortSignal,
): Promise<void> {
  const { uid, kind, namespace: home, name } = record.subject;
  const records = [...before.slice(1 - kept), record];
  while (records.length > 1 && Buffer.byteLength(JSON.stringify(records)) > maxBytes) records.shift();
  const body = {
    apiVersion: "v1",
    kind: configMaps.kind,
    metadata: {
      name: recordName(uid),
      namespace,
      labels: { [recordLabel]: uid, "app.kubernetes.io/managed-by": "dharma" },
      annotations: { [subjectAnnotation]: subjectText(kind, home, name) },
    },
    data: { [field]: JSON.stringify(records) },
  };
  await kube.apply(configMaps, body, { fieldManager: healthManager, signal });
}

/** The records of a subject, oldest first; none where there are none, or none that can be read. */
export async function readRecords(
  kube: Kube,
  namespace: string,
  uid: string,
  signal: AbortSignal,
): Promise<readonly HealthRecord[]> {
  try {
    return recordsIn(await kube.get(configMaps, { namespace, name: recordName(uid) }, { signal }));
  } catch (error) {
    if (isKubeError(error, "notFound")) return [];
    throw error;
  }
}

function recordsIn({ data }: ConfigMap): readonly HealthRecord[] {
  try {
    const value: unknown = JSON.parse(data?.[field] ?? "[]");
    return Array.isArray(value) ? value.filter(isRecord) : [];
  } catch {
    return []; // written over by somebody else: history begins anew
  }
}

function isRecord(value: unknown): value is HealthRecord {
  if (typeof value !== "object" || value === null) return false;
  return "status" in value && "subject" in value && "time" in value && "threshold" in value;
}
