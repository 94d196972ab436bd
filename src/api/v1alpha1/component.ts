// What a Blueprint builds: abstract components and raw resources.
import { type Static, Type } from "typebox";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { open } from "../schema/kind.ts";
import { matches, rules } from "../schema/rule.ts";
import { asSet } from "../schema/schedule.ts";
import { shaped, text } from "../schema/text.ts";

/** The name of a component or resource: what `${NAME.output}` refers to. `inputs` is taken by `${inputs.NAME}`. */
function memberName(description: string) {
  return Type.String({
    description,
    maxLength: 63,
    ...rules<string>(
      matches(
        "^[a-z]([-a-z0-9]*[a-z0-9])?$",
        "must start with a letter and hold only lower case letters, digits and hyphens, such as web-1",
      ),
      {
        rule: "self != 'inputs'",
        message: "the name inputs is taken: ${inputs.NAME} refers to an input",
        holds: (self) => self !== "inputs",
      },
    ),
  });
}

const name63 = (description: string) => text({ description, maxLength: 63, minLength: 1 });
const path = (description: string) => text({ description, maxLength: 253, minLength: 1 });

const sharedOptions = {
  dependsOn: Type.Optional(
    Type.Array(name63("Name of a component or resource of this Blueprint."), {
      description: "What must be there first, besides what is referred to.",
      maxItems: 64,
      ...asSet,
    }),
  ),
  protect: Type.Boolean({ description: "Refuse every plan that deletes or replaces it.", default: false }),
  ignoreChanges: Type.Optional(
    Type.Array(path("Property path."), {
      description: "Properties whose change is neither planned nor seen as drift.",
      maxItems: 64,
      ...asSet,
    }),
  ),
  aliases: Type.Optional(
    Type.Array(name63("Former name."), {
      description: "Former names: a rename without replacement.",
      maxItems: 16,
      ...asSet,
    }),
  ),
  deleteBeforeReplace: Type.Optional(
    Type.Boolean({ description: "Delete the old before making the new. Default: the provider's choice." }),
  ),
  deletionPolicy: Type.Optional(
    Type.Enum(["Destroy", "Retain"], {
      description: "What happens when it is removed. Default: the Blueprint's; Retain for what was imported.",
    }),
  ),
  timeouts: Type.Optional(
    Type.Object(
      {
        create: Type.Optional(duration({ description: "Longest create." })),
        update: Type.Optional(duration({ description: "Longest update." })),
        delete: Type.Optional(duration({ description: "Longest delete." })),
      },
      { description: "How long the cloud may take. Default: the provider's." },
    ),
  ),
};

const providerNames = ["aws", "azure", "gcp"] as const;

/** A cloud that components are translated to. */
export type Provider = (typeof providerNames)[number];

/** The clouds that components are translated to. */
export const providers: readonly Provider[] = providerNames;

const overridesFor = (cloud: string) =>
  Type.Optional(open(`Properties for ${cloud}, by the name of the resource inside the component.`));

/** An abstract component, translated to the Blueprint's provider. */
export const componentSchema = Type.Object(
  {
    name: memberName("Name, unique among components and resources."),
    type: shaped("^[A-Z][A-Za-z0-9]*$", "must be the name of a component type, such as Network", {
      description: "Component type: Network, ObjectStore, VirtualMachine and what else the catalogue holds.",
      maxLength: 63,
    }),
    properties: Type.Optional(open("Properties of the component type; strings may hold references.")),
    overrides: Type.Optional(
      Type.Object(
        { aws: overridesFor("aws"), azure: overridesFor("azure"), gcp: overridesFor("gcp") },
        { description: "Provider properties that win over the translation." },
      ),
    ),
    options: Type.Optional(
      Type.Object(
        {
          ...sharedOptions,
          import: Type.Optional(
            Type.Record(Type.String(), text({ description: "Id in the cloud.", minLength: 1 }), {
              description: "Existing resources to adopt: cloud id by the name of the resource inside the component.",
              maxProperties: 64,
            }),
          ),
        },
        { description: "How the component is treated." },
      ),
    ),
  },
  { description: "An abstract component." },
);

/** A raw resource of any allowed Pulumi package. */
export const rawResourceSchema = Type.Object(
  {
    name: memberName("Name, unique among components and resources."),
    type: Type.String({
      description: "Pulumi type token, PACKAGE:MODULE:TYPE.",
      maxLength: 253,
      ...rules<string>(
        matches(
          "^[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9_.-]*(/[A-Za-z][A-Za-z0-9_.-]*)*:[A-Za-z][A-Za-z0-9_]*$",
          "must be a Pulumi type token PACKAGE:MODULE:TYPE, such as aws:sqs/queue:Queue",
        ),
        {
          rule: "!self.startsWith('pulumi:')",
          message: "types of the package pulumi are not resources; name a type of a cloud's package",
          holds: (self) => !self.startsWith("pulumi:"),
        },
      ),
    }),
    properties: Type.Optional(open("Input properties of the type; strings may hold references.")),
    options: Type.Optional(
      Type.Object(
        {
          ...sharedOptions,
          import: Type.Optional(text({ description: "Cloud id of an existing resource to adopt.", minLength: 1 })),
        },
        { description: "How the resource is treated." },
      ),
    ),
  },
  { description: "A raw resource." },
);

/** An abstract component of a Blueprint. */
export type Component = Frozen<Static<typeof componentSchema>>;
/** A raw resource of a Blueprint. */
export type RawResource = Frozen<Static<typeof rawResourceSchema>>;
/** How a component is treated. */
export type ComponentOptions = NonNullable<Component["options"]>;
/** How a raw resource is treated. */
export type RawResourceOptions = NonNullable<RawResource["options"]>;
