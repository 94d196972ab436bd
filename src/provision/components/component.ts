// What an abstract component type is: a schema, outputs that are the same on every cloud, and a translation to each.
import type { Static, TObject } from "typebox";
import { Value as Schema } from "typebox/value";
import type { Draft, Embedded } from "../graph/draft.ts";
import type { CloudProvider, Json, Value } from "../graph/graph.ts";
import type { BlueprintIdentity } from "../graph/spec.ts";

/** One provider resource of a component, before names, tags and options are applied. */
export interface PartDraft {
  /** Name of the resource inside the component: what `overrides` and `import` address. */
  readonly part: string;
  /** Pulumi type token. */
  readonly type: string;
  readonly properties: Readonly<Record<string, Draft | undefined>>;
  /** Parts to wait for beyond those referenced. */
  readonly after?: readonly string[];
}

/** What a translation gives. Problems name a property of the component. */
export type BuiltComponent =
  | {
      readonly kind: "ok";
      readonly parts: readonly PartDraft[];
      readonly outputs: Readonly<Record<string, Draft>>;
    }
  | { readonly kind: "refused"; readonly property: string; readonly message: string };

/** A component that another one is linked to, such as the Network of a VirtualMachine. */
export interface LinkedComponent {
  readonly name: string;
  readonly properties: Readonly<Record<string, Json>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** What a translation knows beside its own properties. */
export interface BuildContext {
  readonly component: string;
  readonly provider: CloudProvider;
  readonly region: string;
  readonly identity: BlueprintIdentity;
  /** The oldest name of the component: cloud names keep it through renames. */
  readonly stem: string;
  /** Properties that may be known only late, as values; absent ones are undefined. */
  readonly late: Readonly<Record<string, Value | undefined>>;
  readonly linked: Readonly<Record<string, LinkedComponent | undefined>>;
  /** A property of another part of the same component; no path is its cloud id. */
  readonly ref: (part: string, ...path: (string | number)[]) => Embedded;
  /** Name of the Azure resource group all components share. */
  readonly group: Draft;
}

/** An abstract component type. */
export interface ComponentDefinition {
  readonly type: string;
  readonly schema: TObject;
  /** Properties that may come from outputs of other resources; all others must be known before building. */
  readonly late: readonly string[];
  /** Properties that are `${NAME.id}` of a component of the given type. */
  readonly links: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
  build(properties: unknown, context: BuildContext): BuiltComponent;
}

/** A definition with its parts typed from its schema. */
export function defineComponent<S extends TObject>(definition: {
  readonly type: string;
  readonly schema: S;
  readonly late: readonly string[];
  readonly links: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
  readonly build: Readonly<Record<CloudProvider, (properties: Static<S>, context: BuildContext) => BuiltComponent>>;
}): ComponentDefinition {
  const { schema, build } = definition;
  return {
    ...definition,
    build: (properties, context) => {
      // Callers check first and report each error; this keeps the translation's types honest.
      if (!Schema.Check(schema, properties)) throw new TypeError(`${definition.type}: properties were not checked`);
      return build[context.provider](properties, context);
    },
  };
}
