// Where a Blueprint's inputs come from, and who may read its outputs.
import { type Static, Type } from "typebox";
import type { Frozen } from "../schema/frozen.ts";
import { rules } from "../schema/rule.ts";
import { asSet } from "../schema/schedule.ts";
import { identifier, label, objectName, text } from "../schema/text.ts";
import { exactlyOne } from "../schema/union.ts";

const keyRef = (what: string, description: string) =>
  Type.Optional(
    Type.Object(
      {
        name: objectName(`Name of the ${what}, in the Blueprint's namespace.`),
        key: text({ description: "Key in its data.", maxLength: 253, minLength: 1 }),
      },
      { description },
    ),
  );

/** One input, `${inputs.NAME}`. */
export const inputSchema = Type.Object(
  {
    name: identifier("Name, unique among the inputs."),
    value: Type.Optional(
      Type.Unsafe<number | string>({
        description: "A plain value: text or an integer. Never a secret.",
        "x-kubernetes-int-or-string": true,
        anyOf: [{ type: "integer" }, { type: "string" }],
      }),
    ),
    secretKeyRef: keyRef("Secret", "A key of a Secret; what it touches is secret too."),
    configMapKeyRef: keyRef("ConfigMap", "A key of a ConfigMap."),
    blueprintRef: Type.Optional(
      Type.Object(
        {
          name: objectName("Name of the other Blueprint."),
          namespace: Type.Optional(
            label("Its namespace. Default: this one's. Elsewhere it must share the output with this namespace."),
          ),
          output: identifier("Name of its output."),
        },
        { description: "An output of another Blueprint, which is applied first and destroyed last." },
      ),
    ),
  },
  {
    description: "An input: exactly one of value, secretKeyRef, configMapKeyRef and blueprintRef.",
    ...rules(exactlyOne("value", "secretKeyRef", "configMapKeyRef", "blueprintRef")),
  },
);

/** A grant: which outputs other namespaces may read by blueprintRef. */
export const shareSchema = Type.Object(
  {
    outputs: Type.Array(identifier("Name of an output."), {
      description: "Outputs that are shared.",
      minItems: 1,
      maxItems: 64,
      ...asSet,
    }),
    namespaces: Type.Array(label("Name of a namespace."), {
      description: "Namespaces that may read them.",
      minItems: 1,
      maxItems: 64,
      ...asSet,
    }),
  },
  { description: "A grant that blueprintRef from other namespaces needs." },
);

/** An input of a Blueprint. */
export type Input = Frozen<Static<typeof inputSchema>>;
/** A grant of outputs to other namespaces. */
export type OutputShare = Frozen<Static<typeof shareSchema>>;
