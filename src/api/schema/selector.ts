// Label selectors, as metav1 has them: empty selects everything in reach, absent selects nothing.
import { type Static, Type } from "typebox";
import type { Frozen } from "./frozen.ts";
import { rules } from "./rule.ts";
import { shaped, text } from "./text.ts";

const expressionSchema = Type.Object(
  {
    key: shaped(
      "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
      "must be a label key, such as tier or app.kubernetes.io/name",
      { description: "Label key.", maxLength: 317 },
    ),
    operator: Type.Enum(["In", "NotIn", "Exists", "DoesNotExist"], { description: "How the label is compared." }),
    values: Type.Optional(
      Type.Array(text({ description: "Label value.", maxLength: 63 }), {
        description: "Values for In and NotIn; absent for Exists and DoesNotExist.",
        maxItems: 32,
      }),
    ),
  },
  {
    description: "One requirement on a label.",
    ...rules<{ operator: string; values?: readonly string[] }>({
      rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
      message: "values are required for In and NotIn, and only there",
      holds: (self) => ["In", "NotIn"].includes(self.operator) === (self.values ?? []).length > 0,
    }),
  },
);

const selectorShape = Type.Object({
  matchLabels: Type.Optional(
    Type.Record(Type.String(), text({ description: "Label value.", maxLength: 63 }), {
      description: "Labels that must be equal.",
      maxProperties: 32,
    }),
  ),
  matchExpressions: Type.Optional(
    Type.Array(expressionSchema, { description: "Requirements that must all hold.", maxItems: 16 }),
  ),
});

/** metav1.LabelSelector. */
export type LabelSelector = Frozen<Static<typeof selectorShape>>;

/** A label selector field. */
export function selector(description: string) {
  return Type.Object(selectorShape.properties, {
    description: `${description} Empty selects everything in reach, absent nothing.`,
  });
}
