// CostBudget: money and carbon for a scope, metered, forecast and enforced.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import type { Frozen } from "../schema/frozen.ts";
import { type KindDefinition, defaulted, resourceType } from "../schema/kind.ts";
import { amount, currency, percent } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { asSet, byName, timeZone } from "../schema/schedule.ts";
import { selector } from "../schema/selector.ts";
import { label, objectName, text } from "../schema/text.ts";
import { atLeastOne } from "../schema/union.ts";
import { providers } from "./component.ts";
import { costBudgetStatusSchema } from "./cost-budget-status.ts";

const scopeSchema = defaulted(
  {
    blueprints: Type.Optional(
      selector("Blueprints that count. Absent together with providers and tags: everything in the namespaces."),
    ),
    providers: Type.Optional(
      Type.Array(Type.Enum([...providers], { description: "A cloud." }), {
        description: "Clouds that count. Default: all.",
        maxItems: 3,
        ...asSet,
      }),
    ),
    tags: Type.Optional(
      Type.Record(Type.String(), text({ description: "Value.", maxLength: 256 }), {
        description: "Tags of cloud resources that count.",
        maxProperties: 32,
      }),
    ),
    namespaces: Type.Optional(
      Type.Array(label("Name of a namespace."), {
        description:
          "Namespaces that count. Default: this one. Others only from the operator's namespace or by their grant.",
        maxItems: 256,
        ...asSet,
      }),
    ),
  },
  { description: "What counts." },
);

const actionSchema = Type.Object(
  {
    type: Type.Enum(["Notify", "RequireApproval", "DenyNew", "ScaleDown"], {
      description:
        "Notify: tell. RequireApproval: every plan that costs more waits for a person. DenyNew: such plans are refused. ScaleDown: what the selector selects is scaled down, with approval.",
    }),
    to: Type.Optional(label("Notify: name of a receiver that the administrator set up.")),
    selector: Type.Optional(selector("ScaleDown: workloads that may be scaled down.")),
  },
  {
    description: "What is done.",
    ...rules<{ type: string; to?: string; selector?: object }>(
      {
        rule: "(self.type == 'Notify') == has(self.to)",
        message: "to names who is told: required for Notify, and only there",
        holds: (self) => (self.type === "Notify") === (self.to !== undefined),
      },
      {
        rule: "(self.type == 'ScaleDown') == has(self.selector)",
        message: "selector says what may be scaled down: required for ScaleDown, and only there",
        holds: (self) => (self.type === "ScaleDown") === (self.selector !== undefined),
      },
    ),
  },
);

const thresholdSchema = Type.Object(
  {
    name: label("Name of the threshold, unique in its list."),
    atPercent: Type.Integer({
      description: "Reached at this share of the amount. Percent; more than 100 is past the budget.",
      minimum: 1,
      maximum: 1000,
    }),
    of: Type.Enum(["Actual", "Forecast"], {
      description: "What is compared: spent so far, or expected for the whole period.",
    }),
    measure: Type.Enum(["Money", "Carbon", "Any"], {
      description: "Of which amount; Any: whichever reaches it first.",
      default: "Any",
    }),
    actions: Type.Array(actionSchema, { description: "What is done when it is reached.", minItems: 1, maxItems: 8 }),
  },
  { description: "A share of the budget and what happens there." },
);

const specSchema = Type.Object(
  {
    scope: scopeSchema,
    period: Type.Enum(["Daily", "Weekly", "Monthly", "Quarterly", "Annually"], {
      description: "How long one amount has to last.",
      default: "Monthly",
    }),
    startDate: Type.Optional(
      Type.String({
        description:
          "First day of the first period, YYYY-MM-DD in the time zone. Default: the calendar's (month, Monday, quarter, year).",
        format: "date",
      }),
    ),
    timeZone: timeZone("Time zone in which periods begin."),
    amount: Type.Object(
      {
        money: Type.Optional(amount("Money for one period, in the currency.")),
        currency: Type.Optional(currency("Currency of money.")),
        carbonKg: Type.Optional(amount("Emissions for one period, kg CO2e.")),
      },
      {
        description: "The budget of one period.",
        ...rules(atLeastOne("money", "carbonKg"), {
          rule: "has(self.money) == has(self.currency)",
          message: "money and currency are set together",
          holds: (self) => (self["money"] === undefined) === (self["currency"] === undefined),
        }),
      },
    ),
    rollover: defaulted(
      {
        enabled: Type.Boolean({ description: "Carry what is left into the next period.", default: false }),
        maxPercent: percent("Most that is carried, of the amount.", 20),
      },
      { description: "What happens to what is left." },
    ),
    parentRef: Type.Optional(
      Type.Object(
        {
          name: objectName("Name of the parent CostBudget."),
          namespace: Type.Optional(label("Its namespace. Default: this one. Elsewhere only by its grant.")),
        },
        { description: "The budget that this one is a part of." },
      ),
    ),
    shareWith: Type.Optional(
      Type.Array(label("Name of a namespace."), {
        description: "Namespaces whose budgets may name this one as parent.",
        maxItems: 256,
        ...asSet,
      }),
    ),
    thresholds: Type.Optional(
      Type.Array(thresholdSchema, {
        description: "Shares of the budget and what happens there.",
        maxItems: 16,
        ...byName,
      }),
    ),
    paused: Type.Boolean({ description: "Meter, but enforce nothing.", default: false }),
  },
  { description: "What is wanted." },
);

const schema = Type.Object(
  { spec: specSchema, status: Type.Optional(costBudgetStatusSchema) },
  { description: "Money and carbon for a scope." },
);

/** What is wanted: an amount per period for a scope, and what happens at its thresholds. */
export type CostBudgetSpec = Frozen<Static<typeof specSchema>>;
/** What is. */
export type CostBudgetStatus = Omit<Frozen<Static<typeof costBudgetStatusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};

/** Money and carbon for a scope. */
export interface CostBudget extends KubeObject {
  readonly spec: CostBudgetSpec;
  readonly status?: CostBudgetStatus;
}

/** costbudgets.iacdharma.com */
export const costBudgets: ResourceType<CostBudget> = resourceType("CostBudget", "costbudgets", "namespaced");

/** All that is generated for CostBudget. */
export const costBudgetKind: KindDefinition<CostBudget> = {
  type: costBudgets,
  shortName: "cb",
  purpose: "Money and carbon for a scope: metered, allocated, forecast, alerted on, enforced, with recommendations.",
  schema,
  selectable: [".spec.period"],
  columns: [
    { name: "Period", type: "string", jsonPath: ".spec.period", description: "How long one amount lasts." },
    { name: "Budget", type: "string", jsonPath: ".spec.amount.money", description: "Money for one period." },
    { name: "Currency", type: "string", jsonPath: ".spec.amount.currency", description: "Currency." },
    { name: "Actual", type: "string", jsonPath: ".status.actual.money", description: "Spent in this period." },
    {
      name: "Forecast",
      type: "string",
      jsonPath: ".status.forecast.expected",
      description: "Expected for the whole period.",
    },
    {
      name: "Carbon kg",
      type: "string",
      jsonPath: ".status.actual.carbonKg",
      description: "Emitted in this period, kg CO2e.",
      priority: 1,
    },
    {
      name: "Ready",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: "Whether it is metered.",
    },
    { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', description: "Why." },
    {
      name: "Unknown",
      type: "integer",
      jsonPath: ".status.unknownCount",
      description: "Resources without a known price.",
      priority: 1,
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};
