// The CustomResourceDefinition of a kind.
import type { CustomResourceDefinition } from "../core.ts";
import { kinds } from "../kinds.ts";
import { group, type KindDefinition, version } from "../schema/kind.ts";
import { type Structural, structural } from "../schema/structural.ts";
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
                apiVersion: { ...plain, type: "string", description: "Version of the schema: iacdharma.com/v1alpha1." },
                kind: { ...plain, type: "string", description: `${type.kind}.` },
                metadata: { ...plain, type: "object" },
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

const plain: Structural = { bounds: {}, required: [], preserveUnknown: false, intOrString: false, rules: [] };
