// Budgets.
import { listed } from "./reason.ts";

export const financeReasons = listed({
  WithinBudget: { meaning: "Actual and forecast are below every threshold.", action: "Nothing.", retry: "none" },
  ThresholdReached: {
    meaning: "A threshold of the budget was reached.",
    action: "Read status.enforcement for what was done.",
    retry: "waitForInput",
  },
  Metering: { meaning: "Cost is being metered.", action: "The first figures come within an hour.", retry: "none" },
  PriceUnknown: {
    meaning: "Some resources have no known price; they are counted, not guessed.",
    action: "Look at status.unknownCount.",
    retry: "retry",
  },
  BudgetConflict: {
    meaning: "The budget does not fit its parent's.",
    action: "Lower it, or raise the parent.",
    retry: "waitForInput",
  },
});
