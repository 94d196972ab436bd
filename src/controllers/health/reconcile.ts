// Health as it is written: scored from the evidence of the last cycle, by a field manager of its own, only when it moved.
import type { Health, KubeObject, ResourceType } from "../../api/index.ts";
import {
  type Feedback,
  type HealthLoop,
  type HealthStatus,
  type Learner,
  type LoopSubject,
  moved,
} from "../../inference/index.ts";
import { isKubeError } from "../../kube/index.ts";
import { type Predicate, type Reconcile, type ReconcileContext, sameValue } from "../../runtime/index.ts";
import { feedbackOf, saveLearnt } from "./feedback.ts";
import { feedbackAnnotation, healthManager } from "./names.ts";
import { readRecords, saveRecord } from "./records.ts";
import { answerOf, type Remedy } from "./remedied.ts";
import { resume } from "./resume.ts";
import type { ScoredObject } from "./scored.ts";
import { healthAnnotation } from "./workload.ts";

export interface HealthDeps {
  readonly loop: Pick<HealthLoop, "knows" | "resume" | "judge">;
  readonly learner: Learner;
  readonly operatorNamespace: string;
  /** Told of every object that is looked at: its past is remembered. */
  readonly see: (object: ScoredObject) => void;
  /** Told of every object that this replica holds, so that its loop scores it. */
  readonly hold: (uid: string) => void;
}

/** How the objects of one type are read, and where their health is written. */
export interface HealthTarget<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly scored: (object: T) => ScoredObject;
  readonly subject: (object: T, now: number) => LoopSubject | undefined;
  /** What was done to mend it; absent where nobody mends objects of the type. */
  readonly remedies?: (object: T) => readonly Remedy[];
  readonly writes: "status" | "annotation";
}

/** Everything may move a score but the score itself. */
export function healthPredicate<T extends KubeObject>({ scored, writes }: HealthTarget<T>): Predicate<T> {
  return (change) => {
    if (change.kind !== "modified") return change.kind === "added";
    const conditions = (object: T) => {
      const { health: _written, ...status } = scored(object).status ?? {};
      return status;
    };
    if (!sameValue(conditions(change.new), conditions(change.old))) return true;
    const said = (object: T) => object.metadata.annotations?.[feedbackAnnotation];
    // A workload's annotation is its health: somebody who takes it away gets it back.
    const gone = writes === "annotation" && scored(change.new).status?.health === undefined;
    return gone || said(change.new) !== said(change.old);
  };
}

/** The pass of one type: takes up an answer, or writes what moved. */
export function reconcileHealth<T extends KubeObject>(target: HealthTarget<T>): Reconcile<T, HealthDeps> {
  return async (object, ctx) => {
    const subject = target.subject(object, ctx.clock.now());
    if (subject === undefined) return {};
    const { conditions, health: written } = target.scored(object).status ?? {};
    if (!ctx.loop.knows(subject.uid)) await resume(subject, written, ctx);
    ctx.hold(subject.uid);
    ctx.see(target.scored(object));
    await take(feedbackOf(object), subject, ctx);
    // Nobody judged it yet: the controller of its kind comes first.
    if (conditions === undefined) return {};
    // Another process knew more than conditions when it wrote: the next cycle asks again where its score has moved.
    if (written !== undefined && !ctx.loop.knows(subject.uid)) return {};
    const { status, record } = await ctx.loop.judge(subject, { signal: ctx.signal });
    if (!moved(subject.written, status)) return {};
    const before = await readRecords(ctx.kube, ctx.operatorNamespace, subject.uid, ctx.signal);
    // A change at work makes health Unknown, and is not done yet: then the alarm is over when health is known again.
    if ((isAlarm(written) || written?.class === "Unknown") && status.class !== "Unknown" && !isAlarm(status))
      await take(answerOf(before, target.remedies?.(object) ?? [], ctx.clock.now()), subject, ctx);
    const health = { ...status, reasons: status.reasons.map((one) => ({ ...one, message: cut(one.message) })) };
    try {
      // The record first: a score that cannot be explained is worse than a record of one that was not written.
      const now = { before, record: { ...record, status: health } };
      await saveRecord(ctx.kube, ctx.operatorNamespace, now, ctx.signal);
      await ctx.kube.apply(target.type, patchOf(target, object, health), {
        fieldManager: healthManager,
        signal: ctx.signal,
        ...(target.writes === "status" ? { subresource: "status" as const } : {}),
      });
    } catch (error) {
      if (!isKubeError(error, "notFound")) throw error;
      return {};
    }
    tell(ctx, subject, health);
    return {};
  };
}

/** Learns an answer, and keeps what it changed. */
async function take(
  feedback: Feedback | undefined,
  { uid, namespace = "" }: LoopSubject,
  ctx: ReconcileContext & HealthDeps,
): Promise<void> {
  if (feedback === undefined) return;
  const before = ctx.learner.learnt(uid);
  const after = ctx.learner.take({ uid, namespace }, feedback);
  if (after !== before) await saveLearnt(ctx.kube, ctx.operatorNamespace, { uid, namespace }, after, ctx.signal);
}

/** Whether an anomaly costs points. */
function isAlarm(health: Pick<Health, "reasons"> | undefined): boolean {
  return (health?.reasons ?? []).some(({ signal }) => signal.startsWith("anomaly/"));
}

function patchOf<T extends KubeObject>(target: HealthTarget<T>, object: T, health: HealthStatus): KubeObject {
  const { namespace, name } = object.metadata;
  const metadata = namespace === undefined ? { name } : { namespace, name };
  const of = { apiVersion: object.apiVersion, kind: object.kind };
  if (target.writes === "annotation")
    return { ...of, metadata: { ...metadata, annotations: { [healthAnnotation]: JSON.stringify(health) } } };
  const patch = { ...of, metadata, status: { health } };
  return patch;
}

/** An event when the class changed; the first judgement of something healthy is no news. */
function tell(ctx: ReconcileContext, { written }: LoopSubject, now: HealthStatus): void {
  if (written?.class === now.class || (written === undefined && now.class !== "Degraded" && now.class !== "Critical"))
    return;
  const was = written === undefined ? "" : `, it was ${words(written)}`;
  const because = now.reasons[0] === undefined ? "" : `: ${now.reasons[0].message}`;
  const note = `health is ${words(now)}${was}${because}`;
  switch (now.class) {
    case "Healthy":
      return ctx.events.normal("Healthy", "Score", note);
    case "Unknown":
      return ctx.events.normal("NoData", "Score", note);
    case "Degraded":
    case "Critical":
      return ctx.events.warning(now.class, "Score", note);
  }
}

const words = (health: { readonly class: string; readonly score?: number }): string =>
  health.score === undefined ? health.class : `${health.class} (${health.score} of 100)`;

/** As long as a reason's message may be. */
const cut = (text: string): string => text.slice(0, 500);
