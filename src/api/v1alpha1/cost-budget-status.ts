// CostBudget.status: spent, expected, left, and what was done about it. Unknown is never zero.
import { Type } from "typebox";
import { count, figure, percent } from "../schema/number.ts";
import { byName } from "../schema/schedule.ts";
import { statusFields } from "../schema/status.ts";
import { text, time } from "../schema/text.ts";

const provenance = {
  source: Type.Optional(text({ description: "Where the figure comes from.", maxLength: 253 })),
  asOfTime: Type.Optional(time("How old the prices are.")),
};

const breakdownSchema = Type.Object(
  {
    name: text({
      description: "Blueprint, namespace, provider or workload, as by says.",
      maxLength: 253,
      minLength: 1,
    }),
    by: Type.Enum(["Blueprint", "Namespace", "Provider", "Workload", "Idle", "Shared"], {
      description: "What the name stands for.",
    }),
    money: Type.Optional(figure("Spent in this period, in the currency.")),
    carbonKg: Type.Optional(figure("Emitted in this period, kg CO2e.")),
    unknownCount: Type.Optional(count("Resources without a known price.")),
    ...provenance,
  },
  { description: "A part of the cost." },
);

const anomalySchema = Type.Object(
  {
    name: text({ description: "Key of the anomaly.", maxLength: 253, minLength: 1 }),
    time: time("Day it was found for."),
    subject: text({ description: "What costs more than expected.", maxLength: 253 }),
    expected: figure("Expected cost of the day, in the currency."),
    actual: figure("Actual cost of the day, in the currency."),
    cause: Type.Optional(text({ description: "The change that made it, where one was found." })),
    feedback: Type.Optional(Type.Enum(["Yes", "No", "Planned"], { description: "What a person said about it." })),
  },
  { description: "An unusual cost." },
);

const recommendationSchema = Type.Object(
  {
    name: text({ description: "Key of the recommendation.", maxLength: 253, minLength: 1 }),
    kind: text({ description: "Such as RightSize, Idle, Spot, Region.", maxLength: 63 }),
    subject: text({ description: "What it is about.", maxLength: 253 }),
    message: text({ description: "What to do and why.", maxLength: 4096 }),
    monthlySaving: Type.Optional(figure("Saving of 730 hours, in the currency.")),
    carbonKgSaving: Type.Optional(figure("Saving of 730 hours, kg CO2e.")),
    risk: Type.Optional(Type.Enum(["Low", "Medium", "High"], { description: "What it may break." })),
  },
  { description: "A way to spend less." },
);

const enforcementSchema = Type.Object(
  {
    name: text({ description: "Name of the threshold.", maxLength: 63, minLength: 1 }),
    action: Type.Enum(["Notify", "RequireApproval", "DenyNew", "ScaleDown"], { description: "What is done." }),
    active: Type.Boolean({ description: "Whether it is in force now." }),
    sinceTime: Type.Optional(time("Since when.")),
    message: Type.Optional(text({ description: "To whom or to what, and why." })),
  },
  { description: "A threshold that was reached." },
);

/** CostBudget.status. */
export const costBudgetStatusSchema = Type.Object(
  {
    ...statusFields,
    period: Type.Optional(
      Type.Object(
        { startTime: time("First moment."), endTime: time("First moment after it.") },
        { description: "The period that runs." },
      ),
    ),
    actual: Type.Optional(
      Type.Object(
        {
          money: Type.Optional(figure("Spent so far, in the currency.")),
          currency: Type.Optional(text({ description: "Currency.", maxLength: 3 })),
          carbonKg: Type.Optional(figure("Emitted so far, kg CO2e.")),
          ...provenance,
        },
        { description: "Spent in this period." },
      ),
    ),
    forecast: Type.Optional(
      Type.Object(
        {
          expected: Type.Optional(figure("Expected for the whole period, in the currency.")),
          low: Type.Optional(figure("Lower end of the 80 % interval.")),
          high: Type.Optional(figure("Upper end of the 80 % interval.")),
          carbonKg: Type.Optional(figure("Expected emissions of the whole period, kg CO2e.")),
          errorPercent: Type.Optional(percent("Mean error of past forecasts.")),
          model: Type.Optional(text({ description: "Model or baseline that made it.", maxLength: 253 })),
        },
        { description: "Expected at the end of this period." },
      ),
    ),
    remaining: Type.Optional(
      Type.Object(
        {
          money: Type.Optional(figure("Left of the money, negative past the budget.")),
          carbonKg: Type.Optional(figure("Left of the emissions, kg CO2e, negative past the budget.")),
          rolledOver: Type.Optional(figure("Part that came from the period before.")),
        },
        { description: "Left in this period." },
      ),
    ),
    unknownCount: Type.Optional(count("Resources without a known price.")),
    breakdown: Type.Optional(Type.Array(breakdownSchema, { description: "Largest parts.", maxItems: 50 })),
    anomalies: Type.Optional(
      Type.Array(anomalySchema, { description: "Newest unusual costs.", maxItems: 20, ...byName }),
    ),
    recommendations: Type.Optional(
      Type.Array(recommendationSchema, { description: "Largest savings.", maxItems: 20, ...byName }),
    ),
    enforcement: Type.Optional(
      Type.Array(enforcementSchema, { description: "Thresholds that were reached.", maxItems: 64 }),
    ),
  },
  { description: "What is." },
);
