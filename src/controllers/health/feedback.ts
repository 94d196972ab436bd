// Answers to alarms: read from the annotation, kept in the operator's namespace, taken up again after a restart.
import { configMaps, type ConfigMap, type KubeObject } from "../../api/index.ts";
import type { Answer, Feedback, Learner, Learnt } from "../../inference/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import type { Informer } from "../../runtime/index.ts";
import { feedbackAnnotation, healthManager, learntLabel, learntName } from "./names.ts";

const field = "learnt.json";

/** The answer in the annotation; undefined where there is none, or none that can be read. */
export function feedbackOf({ metadata }: KubeObject): Feedback | undefined {
  // The giver comes last: user names may contain the separator.
  const [answer, judgement, ...giver] = (metadata.annotations?.[feedbackAnnotation] ?? "").split("@");
  if (!isAnswer(answer) || judgement === undefined) return undefined;
  const from = giver.length === 0 ? "somebody" : giver.join("@");
  const time = Date.parse(judgement);
  return Number.isFinite(time) ? { answer, from, judgement, time } : undefined;
}

function isAnswer(text: string | undefined): text is Answer {
  return text === "TrueAlarm" || text === "FalseAlarm";
}

/** Keeps what was learnt of a target. */
export async function saveLearnt(
  kube: Kube,
  namespace: string,
  target: { readonly uid: string; readonly namespace: string },
  learnt: Learnt,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    apiVersion: "v1",
    kind: configMaps.kind,
    metadata: {
      name: learntName(target.uid),
      namespace,
      labels: { [learntLabel]: target.uid, "app.kubernetes.io/managed-by": "dharma" },
    },
    data: { [field]: JSON.stringify({ ...learnt, namespace: target.namespace }) },
  };
  await kube.apply(configMaps, body, { fieldManager: healthManager, signal });
}

/** What is kept of a target; undefined where nothing is, or nothing that can be read. */
export async function readLearnt(
  kube: Kube,
  namespace: string,
  uid: string,
  signal: AbortSignal,
): Promise<Learnt | undefined> {
  try {
    return learntIn(await kube.get(configMaps, { namespace, name: learntName(uid) }, { signal }));
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}

/** Takes up what is kept, now and whenever it changes: another replica may have learnt it. */
export function followLearnt(cache: Informer<ConfigMap>, learner: Learner, signal: AbortSignal): void {
  cache.subscribe((change) => {
    const uid = (change.new ?? change.old).metadata.labels?.[learntLabel];
    if (uid === undefined) return;
    const kept = change.new === undefined ? undefined : learntIn(change.new);
    if (kept === undefined) learner.forget(uid);
    else learner.restore({ uid, namespace: kept.namespace }, kept);
  }, signal);
}

function learntIn({ data }: ConfigMap): (Learnt & { readonly namespace: string }) | undefined {
  try {
    const value: unknown = JSON.parse(data?.[field] ?? "");
    return isLearnt(value) ? value : undefined;
  } catch {
    return undefined; // written over by somebody else: nothing is learnt from it
  }
}

function isLearnt(value: unknown): value is Learnt & { readonly namespace: string } {
  if (typeof value !== "object" || value === null || !("statistics" in value) || !("answers" in value)) return false;
  if (!("namespace" in value) || typeof value.namespace !== "string" || !Array.isArray(value.answers)) return false;
  const { statistics } = value;
  if (typeof statistics !== "object" || statistics === null) return false;
  return (["wrong", "right", "time"] as const).every((name) => {
    const number: unknown = Object.entries(statistics).find(([key]) => key === name)?.[1];
    return typeof number === "number" && Number.isFinite(number) && number >= 0;
  });
}
