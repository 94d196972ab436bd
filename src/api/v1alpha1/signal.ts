// Signals: what a RemediationPolicy watches for. No data never counts as a signal.
import { type Static, Type } from "typebox";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { decimal } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { byName } from "../schema/schedule.ts";
import { identifier, label, text } from "../schema/text.ts";
import { exactlyOne } from "../schema/union.ts";

const operator = (description: string) => Type.Enum([">", ">=", "<", "<=", "==", "!="], { description });

const conditionSignal = Type.Object(
  {
    type: text({ description: "Type of the condition, such as Available.", maxLength: 316, minLength: 1 }),
    status: Type.Enum(["True", "False", "Unknown"], { description: "The status that counts as a signal." }),
    reason: Type.Optional(text({ description: "Its reason. Default: any.", maxLength: 253 })),
  },
  { description: "A condition in the target's status." },
);

const prometheusSignal = Type.Object(
  {
    query: text({
      description: "PromQL; ${name} and ${namespace} are the target's. One value per target.",
      maxLength: 4096,
      minLength: 1,
    }),
    op: operator("How the value is compared."),
    value: decimal("The threshold."),
  },
  { description: "A Prometheus query." },
);

const eventSignal = Type.Object(
  {
    reason: text({ description: "Reason of the event, such as BackOff.", maxLength: 253, minLength: 1 }),
    count: Type.Integer({ description: "How many must be seen.", minimum: 1, maximum: 10000, default: 1 }),
    within: duration({ description: "In how much time.", default: "5m" }),
  },
  { description: "Events about the target or what it owns." },
);

const scoreSignal = Type.Object(
  {
    field: Type.Enum(["score", "anomalyPercent", "failurePercent", "driftPercent"], {
      description: "The field of status.health.",
    }),
    op: operator("How the field is compared."),
    value: Type.Integer({ description: "The threshold, 0 to 100.", minimum: 0, maximum: 100 }),
  },
  {
    description:
      "A health score of the target. A score never acts alone without a hard signal where the action has no inverse.",
  },
);

const alertSignal = Type.Object(
  {
    name: text({ description: "The label alertname.", maxLength: 253, minLength: 1 }),
    labels: Type.Optional(
      Type.Record(Type.String(), text({ description: "Value.", maxLength: 253 }), {
        description: "Labels that must be equal.",
        maxProperties: 32,
      }),
    ),
  },
  { description: "A firing alert that Alertmanager sent." },
);

/** One signal. */
export const signalSchema = Type.Object(
  {
    name: label("Name of the signal, unique in its list."),
    condition: Type.Optional(conditionSignal),
    prometheus: Type.Optional(prometheusSignal),
    event: Type.Optional(eventSignal),
    score: Type.Optional(scoreSignal),
    alert: Type.Optional(alertSignal),
    for: Type.Optional(duration({ description: "How long it must hold without a break. Default: at once." })),
  },
  {
    description: "A signal: exactly one of condition, prometheus, event, score and alert.",
    ...rules(exactlyOne("condition", "prometheus", "event", "score", "alert")),
  },
);

/** A list of signals. */
export function signals(description: string) {
  return Type.Array(signalSchema, { description, minItems: 1, maxItems: 16, ...byName });
}

/** The workloads a policy heals, or a remediation healed. */
export const targetKind = {
  apiVersion: text({ description: "Such as apps/v1.", maxLength: 253, minLength: 1 }),
  kind: identifier("Such as Deployment."),
};

/** A signal of a RemediationPolicy. */
export type Signal = Frozen<Static<typeof signalSchema>>;
