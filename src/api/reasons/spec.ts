// A Blueprint's spec that cannot be built.
import { listed } from "./reason.ts";

export const specReasons = listed({
  UnknownComponent: {
    meaning: "No component type has this name.",
    action: "Use the type that the message names as the nearest, or one of docs/components.",
    retry: "waitForInput",
  },
  UnknownProperty: {
    meaning: "The component or resource type has no such property.",
    action: "Use the property that the message names as the nearest, or remove it.",
    retry: "waitForInput",
  },
  InvalidProperty: {
    meaning: "A property has the wrong type or a value out of range.",
    action: "Correct it as the message says.",
    retry: "waitForInput",
  },
  MissingProperty: { meaning: "A required property is absent.", action: "Add it.", retry: "waitForInput" },
  UnknownReference: {
    meaning: "An expression refers to a component, resource, output or input that does not exist.",
    action: "Correct the name; the message gives the nearest.",
    retry: "waitForInput",
  },
  InvalidReference: {
    meaning: "An expression cannot be read.",
    action: "Write ${NAME.OUTPUT} or ${inputs.NAME}; $${ is a literal.",
    retry: "waitForInput",
  },
  ReferenceCycle: {
    meaning: "Components or resources refer to each other in a circle.",
    action: "Take one of the references that the message lists away.",
    retry: "waitForInput",
  },
  DuplicateName: {
    meaning: "A name is used twice among components and resources.",
    action: "Rename one; options.aliases keeps the resource.",
    retry: "waitForInput",
  },
  InvalidName: {
    meaning: "A name is empty or holds characters that clouds refuse.",
    action: "Use lower case letters, digits and hyphens, starting with a letter.",
    retry: "waitForInput",
  },
  TooManyComponents: {
    meaning: "The Blueprint has more components and resources than the operator allows.",
    action: "Split it; blueprintRef joins the parts.",
    retry: "waitForInput",
  },
  PlaintextSecret: {
    meaning: "A secret stands in a plain field.",
    action: "Move it to a Secret and refer to it through an input with secretKeyRef.",
    retry: "waitForInput",
  },
  PackageNotAllowed: {
    meaning: "A raw resource is of a Pulumi package that the operator may not run.",
    action: "Ask the administrator to allow the package, or use an allowed one.",
    retry: "waitForInput",
  },
  UnknownType: {
    meaning: "The Pulumi package has no such type.",
    action: "Correct the type token; the message gives the nearest.",
    retry: "waitForInput",
  },
  UnsupportedOnProvider: {
    meaning: "The component, or one of its properties, does not exist on this provider.",
    action: "Change the property or the provider, or use a raw resource.",
    retry: "waitForInput",
  },
  WrongRegion: {
    meaning: "The provider has no such region, or the account may not use it.",
    action: "Use the region that the message names as the nearest.",
    retry: "waitForInput",
  },
});
