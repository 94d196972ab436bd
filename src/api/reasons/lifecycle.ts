// Where an object stands: states, and what holds every kind back.
import { listed } from "./reason.ts";

export const lifecycleReasons = listed({
  Pending: { meaning: "Work has not begun.", action: "It begins when a worker is free.", retry: "none" },
  Planning: {
    meaning: "A plan is being made.",
    action: "It is gated and then applied, or approval is asked for.",
    retry: "none",
  },
  Applying: { meaning: "A plan is being carried out.", action: "Ready follows.", retry: "none" },
  Refreshing: {
    meaning: "The cloud is being compared with the state.",
    action: "Drift is reported or healed, as drift.mode says.",
    retry: "none",
  },
  Destroying: {
    meaning: "The resources are being destroyed.",
    action: "The object goes when nothing is left.",
    retry: "none",
  },
  RollingBack: {
    meaning: "The last good spec is being applied again.",
    action: "Ready follows, or the failure is reported.",
    retry: "none",
  },
  Progressing: {
    meaning: "The object is being brought to what its spec says.",
    action: "Ready follows.",
    retry: "none",
  },
  Succeeded: { meaning: "All is as declared.", action: "Nothing; drift is looked for at the interval.", retry: "none" },
  Applied: { meaning: "The spec was applied.", action: "Nothing.", retry: "none" },
  Observed: {
    meaning: "observeOnly is set: what is there was looked at and nothing was changed.",
    action: "Take observeOnly out to let the operator act.",
    retry: "none",
  },
  BeingDeleted: {
    meaning: "The object is being deleted: nothing new is attached to it.",
    action: "Nothing; make it anew once it is gone.",
    retry: "retry",
  },
  Deleting: {
    meaning: "The object was deleted and what it made is being removed.",
    action: "It goes when nothing is left.",
    retry: "none",
  },
  Retained: {
    meaning: "The object goes and its resources stay, as deletionPolicy says.",
    action: "Adopt them with options.import where they are wanted again.",
    retry: "none",
  },
  Expired: {
    meaning: "The ttl is over: the object is being destroyed through the same gates.",
    action: "Remove or raise spec.ttl to keep it.",
    retry: "none",
  },
  Paused: {
    meaning: "Nothing is changed while spec.paused or the annotation iacdharma.com/paused is set; deletion waits too.",
    action: "Take the pause away.",
    retry: "none",
  },
  Resumed: { meaning: "The pause was taken away.", action: "Work goes on.", retry: "none" },
  NotImplemented: {
    meaning: "This version of the operator has no controller for the kind yet.",
    action: "Upgrade the operator; the object is kept as it is.",
    retry: "waitForInput",
  },
  InvalidSpec: {
    meaning: "The spec contradicts itself in a way that admission could not see.",
    action: "Correct the spec as the message says.",
    retry: "waitForInput",
  },
  WaitingForWindow: {
    meaning: "A change waits for the next maintenance window.",
    action: "Wait, or change spec.maintenanceWindows.",
    retry: "retry",
  },
  WaitingForDependency: {
    meaning: "Another object has to be Ready first.",
    action: "Look at the object that the message names.",
    retry: "retry",
  },
  BackingOff: {
    meaning: "The last attempt failed; the next one comes after a delay.",
    action: "Wait, correct the cause that the message names, or set iacdharma.com/reconcile-at for an attempt at once.",
    retry: "retry",
  },
  TooManyFailures: {
    meaning: "The same failure came back so often that trying again was stopped.",
    action: "Change an input, or set the annotation iacdharma.com/reconcile-at.",
    retry: "waitForInput",
  },
  DeletionBlocked: {
    meaning: "Deletion cannot go on.",
    action: "Do what the message says: take observeOnly or protect away, or set deletionPolicy to Retain.",
    retry: "waitForInput",
  },
  HasDependents: {
    meaning: "Other Blueprints still use outputs of this one.",
    action: "Delete those first, or take their blueprintRef away.",
    retry: "waitForInput",
  },
  NamespaceTerminating: {
    meaning: "The namespace is going away: nothing new can be made in it.",
    action: "Nothing; the resources are destroyed from state.",
    retry: "retry",
  },
  NamespaceNotAllowed: {
    meaning: "The spec reaches for a namespace that is not its own.",
    action: "Move the object to the operator's namespace, or ask for a grant.",
    retry: "waitForInput",
  },
  ShuttingDown: {
    meaning: "The operator stopped while this was under way.",
    action: "Nothing; it goes on when the operator is back.",
    retry: "retry",
  },
  InternalError: {
    meaning: "The operator failed in a way it did not foresee.",
    action: "Report the message with the operator's log; it is tried again.",
    retry: "retry",
  },
});
