// EdgeCluster: a remote cluster and what belongs on it.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { type KindDefinition, defaulted, resourceType } from "../schema/kind.ts";
import { count, quantity } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { asSet, byName } from "../schema/schedule.ts";
import { statusFields } from "../schema/status.ts";
import { digest, label, objectName, shaped, text, time } from "../schema/text.ts";
import { exactlyOne } from "../schema/union.ts";

const wave = (description: string) =>
  Type.Integer({ description: `${description} Lower waves go first.`, minimum: 0, maximum: 1000, default: 0 });

const bundleSchema = Type.Object(
  {
    name: label("Name of the bundle, unique in its list."),
    source: Type.Object(
      {
        configMapRef: Type.Optional(
          Type.Object(
            {
              name: objectName("Name of the ConfigMap."),
              namespace: Type.Optional(label("Its namespace. Default: the operator's.")),
            },
            { description: "Manifests in a ConfigMap, one file a key." },
          ),
        ),
        oci: Type.Optional(
          Type.Object(
            {
              repository: text({
                description: "Such as registry.example/bundles/store-apps.",
                maxLength: 512,
                minLength: 1,
              }),
              digest: digest("Digest of the manifest; tags are not taken."),
            },
            { description: "Manifests in an OCI artifact." },
          ),
        ),
      },
      {
        description: "Where it comes from: exactly one of configMapRef and oci.",
        ...rules(exactlyOne("configMapRef", "oci")),
      },
    ),
    wave: wave("When it is rolled out."),
  },
  { description: "Manifests that belong on the cluster." },
);

const specSchema = Type.Object(
  {
    location: Type.Optional(
      Type.Object(
        {
          site: Type.Optional(text({ description: "Site, such as berlin-7.", maxLength: 253 })),
          region: Type.Optional(
            text({
              description: "Region, such as eu-central; grid intensity and data residency go by it.",
              maxLength: 253,
            }),
          ),
        },
        { description: "Where it stands." },
      ),
    ),
    acceptedKeyDigest: Type.Optional(
      digest(
        "Digest of the agent's public key: accepts this agent and no other. Setting it needs the verb approve, and is attested.",
      ),
    ),
    bundles: Type.Optional(
      Type.Array(bundleSchema, { description: "What belongs on the cluster.", maxItems: 100, ...byName }),
    ),
    offline: defaulted(
      {
        maxDuration: duration({
          description: "How long it acts on its own before what it did must be accepted.",
          default: "168h",
          atLeast: "1m",
        }),
        buffer: defaulted(
          { bytes: quantity("Telemetry kept on its disk; the least important goes first.", "256Mi") },
          { description: "What is kept for the way back." },
        ),
      },
      { description: "What happens without a link." },
    ),
    agent: Type.Optional(
      Type.Object(
        {
          version: shaped("^[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?$", "must be a version, such as 0.3.0", {
            description: "Version of the agent to run.",
            maxLength: 64,
          }),
          updateWave: wave("When the agent is upgraded."),
        },
        { description: "The agent." },
      ),
    ),
    models: Type.Optional(
      Type.Array(label("Name of a model."), { description: "Models it scores with.", maxItems: 32, ...asSet }),
    ),
    paused: Type.Boolean({ description: "Change nothing on the cluster.", default: false }),
  },
  { description: "What is wanted." },
);

const statusSchema = Type.Object(
  {
    ...statusFields,
    agent: Type.Optional(
      Type.Object(
        {
          version: Type.Optional(text({ description: "Version that runs.", maxLength: 64 })),
          lastSeenTime: Type.Optional(time("When it last renewed its lease.")),
          keyDigest: Type.Optional(
            text({ description: "Digest of the key it came with; compare it before accepting.", maxLength: 71 }),
          ),
        },
        { description: "The agent." },
      ),
    ),
    sync: Type.Optional(
      Type.Object(
        {
          desired: count("Objects that belong there."),
          applied: count("Objects that are there."),
          drifted: count("Objects that differ."),
        },
        { description: "How far it is." },
      ),
    ),
    buffered: Type.Optional(
      Type.Object(
        {
          entries: count("Entries that wait."),
          bytes: count("Bytes that wait."),
          dropped: count("Entries that were dropped."),
        },
        { description: "Telemetry that waits on its disk." },
      ),
    ),
    summary: Type.Optional(
      Type.Object(
        {
          nodes: Type.Optional(count("Nodes.")),
          readyNodes: Type.Optional(count("Nodes that are ready.")),
          pods: Type.Optional(count("Pods.")),
          version: Type.Optional(text({ description: "Version of Kubernetes.", maxLength: 64 })),
          message: Type.Optional(text({ description: "What is worth knowing." })),
        },
        { description: "The cluster in a few figures." },
      ),
    ),
  },
  { description: "What is." },
);

const schema = Type.Object(
  { spec: specSchema, status: Type.Optional(statusSchema) },
  { description: "A remote cluster and what belongs on it." },
);

/** What belongs on the cluster. */
export type EdgeClusterSpec = Frozen<Static<typeof specSchema>>;
/** What is. */
export type EdgeClusterStatus = Omit<Frozen<Static<typeof statusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};

/** A remote cluster and what belongs on it. Cluster-scoped. */
export interface EdgeCluster extends KubeObject {
  readonly spec: EdgeClusterSpec;
  readonly status?: EdgeClusterStatus;
}

/** edgeclusters.iacdharma.com */
export const edgeClusters: ResourceType<EdgeCluster> = resourceType("EdgeCluster", "edgeclusters", "cluster");

/** All that is generated for EdgeCluster. */
export const edgeClusterKind: KindDefinition<EdgeCluster> = {
  type: edgeClusters,
  shortName: "ec",
  purpose: "A remote cluster and what belongs on it: enrolled, synced, rolled out to, surviving without a link.",
  schema,
  selectable: [],
  columns: [
    { name: "Site", type: "string", jsonPath: ".spec.location.site", description: "Where it stands." },
    {
      name: "Accepted",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Accepted")].status',
      description: "Whether its key is accepted.",
    },
    {
      name: "Connected",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Connected")].status',
      description: "Whether it renews its lease.",
    },
    {
      name: "Ready",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: "Whether all is as wanted.",
    },
    { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', description: "Why." },
    {
      name: "Last seen",
      type: "date",
      jsonPath: ".status.agent.lastSeenTime",
      description: "When its lease was last renewed.",
    },
    {
      name: "Agent",
      type: "string",
      jsonPath: ".status.agent.version",
      description: "Version of the agent.",
      priority: 1,
    },
    {
      name: "Drifted",
      type: "integer",
      jsonPath: ".status.sync.drifted",
      description: "Objects that differ.",
      priority: 1,
    },
    { name: "Health", type: "integer", jsonPath: ".status.health.score", description: "Health score, 0 to 100." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};
