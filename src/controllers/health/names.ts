// Names that the parts of the health loop share with each other and with the command line.

/** Field manager of status.health and of the health annotation. */
export const healthManager = "dharma-health";
/** `TrueAlarm@TIME` or `FalseAlarm@TIME`: an answer to the judgement with that updateTime. */
export const feedbackAnnotation = "iacdharma.com/feedback";
/** Label of the ConfigMaps of the operator's namespace with what a health was made of; its value is the subject's uid. */
export const recordLabel = "iacdharma.com/health-record";
/** Label of those with what was learnt of a target; likewise. */
export const learntLabel = "iacdharma.com/learnt";

/** Label of those with what is known of an object's past; likewise. */
export const pastLabel = "iacdharma.com/past";
/** Annotation of what is kept of an object: `KIND NAMESPACE/NAME`, or `KIND NAME`. */
export const subjectAnnotation = "iacdharma.com/subject";

/** Name of the record of a subject. */
export const recordName = (uid: string): string => `dharma-health-${uid}`;
/** Name of what was learnt of a target. */
export const learntName = (uid: string): string => `dharma-learnt-${uid}`;
/** Name of an object's past. */
export const pastName = (uid: string): string => `dharma-past-${uid}`;

/** Everything that is kept of one object. */
export const keptNames = (uid: string): readonly string[] => [recordName(uid), learntName(uid), pastName(uid)];
/** The labels of everything that is kept of objects. */
export const keptLabels: readonly string[] = [recordLabel, learntLabel, pastLabel];

/** The value of subjectAnnotation. */
export function subjectText(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
