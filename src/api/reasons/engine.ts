// Operations on a cloud, as the engine and its workers report them.
import { listed } from "./reason.ts";

export const engineReasons = listed({
  OperationFailed: {
    meaning: "The operation failed; the message has the engine's words.",
    action: "Correct what the message says.",
    retry: "retry",
  },
  EngineFailed: {
    meaning: "The Pulumi engine failed without a cause that could be told apart.",
    action: "Read the run's message and the operator's log.",
    retry: "retry",
  },
  QuotaExceeded: {
    meaning: "The cloud refuses because a quota is used up.",
    action: "Raise the quota or make less, then set iacdharma.com/reconcile-at.",
    retry: "waitForInput",
  },
  AccessDenied: {
    meaning: "The cloud refuses the credentials this action; nothing is concluded about what exists.",
    action: "Grant the permission that the message names.",
    retry: "waitForInput",
  },
  Throttled: {
    meaning: "The cloud asked for fewer calls.",
    action: "Nothing; it is tried again later.",
    retry: "retry",
  },
  CloudUnavailable: {
    meaning: "The cloud did not answer or failed by itself.",
    action: "Nothing; it is tried again.",
    retry: "retry",
  },
  CloudConflict: {
    meaning: "The cloud is still busy with the resource.",
    action: "Nothing; it is tried again.",
    retry: "retry",
  },
  AlreadyExists: {
    meaning: "Something of that name exists in the cloud and is not this Blueprint's.",
    action: "Rename, or adopt it with options.import.",
    retry: "waitForInput",
  },
  NotFound: {
    meaning: "Something the operation needs does not exist in the cloud.",
    action: "Correct the id or make it first.",
    retry: "waitForInput",
  },
  ResourceInUse: {
    meaning: "The cloud refuses to delete what others still use.",
    action: "Remove what uses it.",
    retry: "retry",
  },
  ResourceOwnedByAnother: {
    meaning: "The resource carries the marker of another Blueprint.",
    action: "Delete it there, with deletionPolicy Retain, before adopting it here.",
    retry: "waitForInput",
  },
  Protected: {
    meaning: "The resource is protected against deletion in the state or in the cloud.",
    action: "Take the protection away.",
    retry: "waitForInput",
  },
  PendingOperationUnknown: {
    meaning: "An operation was cut off and the cloud does not tell whether it took effect.",
    action: "Look for the resource that the message names, then import or remove it.",
    retry: "waitForInput",
  },
  RefreshInconclusive: {
    meaning: "A refresh lost so many resources that it is not believed.",
    action: "Check account and region; confirm by deleting and adding the resources in the spec.",
    retry: "waitForInput",
  },
  ProviderCrashed: {
    meaning: "The provider plugin ended unexpectedly.",
    action: "Report the message if it comes back.",
    retry: "retry",
  },
  PluginMissing: {
    meaning: "The provider plugin is not installed.",
    action: "Ask the administrator to add it to the image.",
    retry: "waitForInput",
  },
  WorkerDied: {
    meaning: "The worker process ended before its operation did.",
    action: "Nothing; the state is recovered and the operation tried again.",
    retry: "retry",
  },
  DeadlineExceeded: {
    meaning: "The operation took longer than it may.",
    action: "Raise options.timeouts where the cloud is slow.",
    retry: "retry",
  },
  Cancelled: {
    meaning: "The operation was cancelled.",
    action: "Set iacdharma.com/reconcile-at for a new one.",
    retry: "giveUp",
  },
  RollbackUnavailable: {
    meaning: "There is no earlier good spec to go back to.",
    action: "Correct the spec.",
    retry: "waitForInput",
  },
});
