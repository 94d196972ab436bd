// Remediation.
import { listed } from "./reason.ts";

export const healingReasons = listed({
  Detected: {
    meaning: "A signal held for as long as it had to.",
    action: "A cause is looked for and a step chosen.",
    retry: "none",
  },
  Mitigated: { meaning: "The step worked and its effect was verified.", action: "Nothing.", retry: "none" },
  Undone: {
    meaning: "The step did not help and was taken back.",
    action: "The next step of the ladder follows.",
    retry: "none",
  },
  UndoFailed: {
    meaning: "A step that did not help could not be taken back.",
    action: "Restore what the Remediation's status lists.",
    retry: "waitForInput",
  },
  Inconclusive: {
    meaning: "Whether the step helped could not be judged.",
    action: "Check the signals that the message names.",
    retry: "retry",
  },
  StepFailed: {
    meaning: "A step failed or timed out.",
    action: "Nothing; the next step of the ladder follows.",
    retry: "retry",
  },
  LadderExhausted: {
    meaning: "No step helped.",
    action: "Look at the Remediation's evidence and causes.",
    retry: "waitForInput",
  },
  TargetGone: { meaning: "The target does not exist any more.", action: "Nothing.", retry: "giveUp" },
  GuardBlocked: {
    meaning: "A guard forbids to act now.",
    action: "Wait, or change the guard that the message names.",
    retry: "retry",
  },
  CoolingDown: {
    meaning: "The target was acted on a short while ago.",
    action: "Nothing; it is judged again after the cooldown.",
    retry: "retry",
  },
  StormDetected: {
    meaning: "So many targets fail at once that acting on each would make it worse.",
    action: "Look for the common cause.",
    retry: "waitForInput",
  },
  SuggestOnly: {
    meaning: "The autonomy reached so far only allows a suggestion.",
    action: "Approve the Remediation.",
    retry: "waitForInput",
  },
  SignalUnavailable: {
    meaning: "A signal could not be read; nothing is done without it.",
    action: "Check the source that the message names.",
    retry: "retry",
  },
});
