// Answers to alarms of one target: what was said, when, about which judgement, and what it adds up to.
import { type AlarmStatistics, type Answer, answered, decayed, noStatistics } from "./statistics.ts";

export interface Feedback {
  readonly answer: Answer;
  /** Of whom it came: a user name, or the name of a Remediation. */
  readonly from: string;
  /** When it was said, ms since the epoch. */
  readonly time: number;
  /** status.health.updateTime of the judgement it is about. */
  readonly judgement: string;
}

/** What is kept of a target: the newest answers for people, the counts for the threshold. */
export interface Learnt {
  readonly statistics: AlarmStatistics;
  /** Newest last, at most `remembered`. */
  readonly answers: readonly Feedback[];
}

export const nothingLearnt: Learnt = { statistics: noStatistics, answers: [] };

/** Answers shown to people; the counts go on without the older ones. */
const remembered = 20;

/** After one more answer. One answer counts for each judgement and giver: saying it again changes nothing, saying otherwise does. */
export function learn(before: Learnt, feedback: Feedback): Learnt {
  const said = before.answers.find(({ judgement, from }) => judgement === feedback.judgement && from === feedback.from);
  if (said?.answer === feedback.answer) return before;
  const others = before.answers.filter((one) => one !== said);
  const answers = [...others, feedback].slice(-remembered);
  return {
    answers,
    statistics: answered(withdrawn(before.statistics, said, feedback.time), feedback.answer, feedback.time),
  };
}

/** The counts without what is left of an answer that its giver took back. */
function withdrawn(statistics: AlarmStatistics, said: Feedback | undefined, now: number): AlarmStatistics {
  if (said === undefined) return statistics;
  const present = decayed(statistics, now);
  const left = decayed(answered(noStatistics, said.answer, said.time), now);
  return {
    time: present.time,
    wrong: Math.max(0, present.wrong - left.wrong),
    right: Math.max(0, present.right - left.right),
  };
}
