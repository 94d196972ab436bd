// Remote clusters.
import { listed } from "./reason.ts";

export const edgeReasons = listed({
  AwaitingAcceptance: {
    meaning: "The agent's key was not accepted yet.",
    action: "Compare the digest with the agent's and set spec.acceptedKeyDigest.",
    retry: "waitForInput",
  },
  Accepted: { meaning: "The agent's key is accepted.", action: "It connects.", retry: "none" },
  Connected: { meaning: "The agent renews its lease.", action: "Nothing.", retry: "none" },
  Disconnected: {
    meaning: "The agent missed five leases; the cluster goes on by itself.",
    action: "Check the link; nothing is deleted on return.",
    retry: "retry",
  },
  OfflineTooLong: {
    meaning: "The cluster was away longer than spec.offline.maxDuration.",
    action: "Check the cluster, then accept its changes.",
    retry: "waitForInput",
  },
  Synced: { meaning: "What is wanted is applied.", action: "Nothing.", retry: "none" },
  SyncFailed: { meaning: "A bundle could not be applied.", action: "Correct what the message says.", retry: "retry" },
  BundleMissing: { meaning: "The source of a bundle does not exist.", action: "Create it.", retry: "waitForInput" },
  BulkDeleteHeld: {
    meaning: "So many deletions came at once that a person must approve them.",
    action: "Approve them if they are meant.",
    retry: "waitForInput",
  },
});
