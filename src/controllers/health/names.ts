// Names that the parts of the health loop share with each other and with the command line.

/** Field manager of status.health and of the health annotation. */
export const healthManager = "dharma-health";
/** `TrueAlarm@TIME` or `FalseAlarm@TIME`: an answer to the judgement with that updateTime. */
export const feedbackAnnotation = "iacdharma.com/feedback";
/** Label of the ConfigMaps of the operator's namespace with what a health was made of; its value is the subject's uid. */
export const recordLabel = "iacdharma.com/health-record";
/** Label of those with what was learnt of a target; likewise. */
export const learntLabel = "iacdharma.com/learnt";

/** Name of the record of a subject. */
export const recordName = (uid: string): string => `dharma-health-${uid}`;
/** Name of what was learnt of a target. */
export const learntName = (uid: string): string => `dharma-learnt-${uid}`;
