// Drift and health.
import { listed } from "./reason.ts";

export const driftReasons = listed({
  Drifted: {
    meaning: "Resources differ from what was applied, and drift.mode does not heal.",
    action: "Approve the proposed plan, change the spec, or set drift.mode to Heal.",
    retry: "waitForInput",
  },
  InSync: { meaning: "No drift was found.", action: "It is looked for again at the interval.", retry: "none" },
  Healing: { meaning: "Drift is being put right.", action: "Ready follows.", retry: "none" },
  DriftUnknown: { meaning: "Drift could not be judged.", action: "Nothing; it is looked for again.", retry: "retry" },
  DriftIgnored: { meaning: "drift.mode is Ignore: nobody looks.", action: "Set another mode to look.", retry: "none" },
  Healthy: { meaning: "The health score is 80 or more.", action: "Nothing.", retry: "none" },
  Degraded: { meaning: "The health score is between 50 and 79.", action: "Read status.health.reasons.", retry: "none" },
  Critical: { meaning: "The health score is below 50.", action: "Read status.health.reasons.", retry: "none" },
  HealthRegressed: {
    meaning:
      "A change went well, then health fell with a failed condition beside the score: the spec before it is in force.",
    action: "Correct the spec, or ask for it again with iacdharma.com/reconcile-at.",
    retry: "waitForInput",
  },
  NoData: {
    meaning: "There is no data to judge from.",
    action: "Check that the signals exist and can be read.",
    retry: "retry",
  },
});
