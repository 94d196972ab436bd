// The CustomResourceDefinition of a kind.
import type { CustomResourceDefinition } from "../core.ts";
import { kinds } from "../kinds.ts";
import { group, type KindDefinition, version } from "../schema/kind.ts";
import { structural } from "../schema/structural.ts";
import { openApi } from "./openapi.ts";

/** The CustomResourceDefinition that is installed for a kind. */
export function crdOf({ type, shortName, schema, columns, selectable }: KindDefinition): CustomResourceDefinition {
  const root = structural(schema);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${type.plural}.${group}` },
    spec: {
      group,
      scope: type.namespaced ? "Namespaced" : "Cluster",
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
        shortNames: [shortName],
        categories: ["dharma"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          ...(selectable.length === 0 ? {} : { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) }),
          schema: {
            openAPIV3Schema: openApi({
              ...root,
              properties: {
                apiVersion: stringField("Version of the schema: iacdharma.com/v1alpha1."),
                kind: stringField(`${type.kind}.`),
                metadata: { ...stringField("Standard object metadata."), type: "object" },
                ...root.properties,
              },
            }),
          },
        },
      ],
    },
  };
}

/** The CustomResourceDefinitions of all kinds. */
export function crds(): readonly CustomResourceDefinition[] {
  return kinds.map(crdOf);
}

function stringField(description: string) {
  return {
    type: "string",
    description,
    bounds: {},
    required: [],
    preserveUnknown: false,
    intOrString: false,
    rules: [],
  };
}
