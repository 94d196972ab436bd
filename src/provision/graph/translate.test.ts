import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSdkCatalog } from "./catalog.ts";
import type { TranslateContext } from "./context.ts";
import { nodesOf } from "./draft.ts";
import type { CloudProvider, ResourceGraph } from "./graph.ts";
import type { BuildSpec, ResolvedInputs } from "./spec.ts";
import { checkSpec, translate } from "./translate.ts";

const context: TranslateContext = {
  identity: { uid: "6f1c9f0e-0000-4000-8000-000000000001", name: "web-shop", namespace: "shop" },
  catalog: createSdkCatalog(),
};
const regions: Readonly<Record<CloudProvider, string>> = {
  aws: "eu-central-1",
  azure: "westeurope",
  gcp: "europe-west3",
};

function shop(provider: CloudProvider): BuildSpec {
  return {
    provider,
    region: regions[provider],
    components: [
      {
        name: "api",
        type: "VirtualMachine",
        properties: {
          cpu: 2,
          memory: "4Gi",
          image: "debian-12",
          network: "${net.id}",
          ingress: [{ port: 443, from: ["0.0.0.0/0"] }],
        },
      },
      { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 3, internet: "Outbound" } },
      { name: "assets", type: "ObjectStore", properties: { versioning: true, retentionDays: 30 } },
    ],
    outputs: { address: "${api.address}", store: "s3 ${assets.name}" },
  };
}

function graphOf(spec: BuildSpec, inputs: ResolvedInputs = {}): ResourceGraph {
  const translation = translate(spec, inputs, context);
  if (translation.kind === "refused") throw new Error(JSON.stringify(translation.problems));
  return translation.graph;
}

function problemsOf(part: Partial<BuildSpec>) {
  return checkSpec({ provider: "aws", region: "eu-central-1", ...part }, context);
}

describe.each<CloudProvider>(["aws", "azure", "gcp"])("translation to %s", (provider) => {
  const graph = graphOf(shop(provider));

  it("gives each component the same outputs as on every cloud", () => {
    const outputs = Object.fromEntries(graph.components.map((each) => [each.name, Object.keys(each.outputs)]));
    expect(outputs).toEqual({
      api: ["id", "address", "privateAddress"],
      net: ["id", "subnetIds", "cidr"],
      assets: ["id", "name", "url"],
    });
  });

  it("refers only to nodes that come before", () => {
    const seen = new Set<string>();
    for (const node of graph.nodes) {
      for (const need of Object.values(node.properties).flatMap(nodesOf)) expect(seen).toContain(need);
      for (const need of node.options.dependsOn) expect(seen).toContain(need);
      seen.add(node.name);
    }
  });

  it("marks every resource that can carry marks as this Blueprint's", () => {
    const marked = graph.nodes.filter((node) => {
      const found = context.catalog.lookup(node.type);
      return found.kind === "known" && (found.shape.maps.has("tags") || found.shape.maps.has("labels"));
    });
    expect(marked.length).toBeGreaterThan(0);
    for (const node of marked) {
      expect(JSON.stringify(node.properties[provider === "gcp" ? "labels" : "tags"])).toContain(context.identity.uid);
    }
  });

  it("is the same every time, and another for another Blueprint", () => {
    expect(graphOf(shop(provider))).toEqual(graph);
    const other = translate(shop(provider), {}, { ...context, identity: { ...context.identity, uid: "other" } });
    expect(other.kind === "ok" && JSON.stringify(other.graph)).not.toBe(JSON.stringify(graph));
  });

  it("uses one explicit provider named after the region", () => {
    expect(graph.packages).toHaveLength(1);
    expect(graph.packages[0]?.provider).toContain(regions[provider]);
  });
});

describe("translation", () => {
  it("keeps cloud names through a rename with an alias", () => {
    const renamed = (name: string, aliases: string[]): BuildSpec => ({
      provider: "aws",
      region: "eu-central-1",
      components: [{ name, type: "ObjectStore", options: { aliases } }],
    });
    const bucket = (graph: ResourceGraph) => graph.nodes[0]?.properties["bucket"];
    expect(bucket(graphOf(renamed("new", ["old"])))).toEqual(bucket(graphOf(renamed("old", []))));
    expect(bucket(graphOf(renamed("newer", ["old", "new"])))).toEqual(bucket(graphOf(renamed("old", []))));
    expect(bucket(graphOf(renamed("new", [])))).not.toEqual(bucket(graphOf(renamed("old", []))));
  });

  it("lets overrides win, by the name of the resource inside the component", () => {
    const spec = shop("aws");
    const [api, ...rest] = spec.components ?? [];
    if (api === undefined) throw new Error("no component");
    const overrides = {
      aws: { instance: { instanceType: "t4g.medium", metadataOptions: { httpTokens: "optional" } } },
    };
    const graph = graphOf({ ...spec, components: [{ ...api, overrides }, ...rest] });
    const instance = graph.nodes.find(({ name }) => name === "api-instance");
    expect(instance?.properties["instanceType"]).toEqual({ kind: "literal", value: "t4g.medium", secret: false });
    expect(instance?.properties["metadataOptions"]).toMatchObject({
      value: { httpTokens: "optional", httpEndpoint: "enabled" },
    });
  });

  it("keeps the type of a single reference, and joins text", () => {
    const graph = graphOf(
      {
        provider: "aws",
        region: "eu-central-1",
        inputs: [{ name: "seconds" }, { name: "team" }],
        resources: [
          {
            name: "queue",
            type: "aws:sqs/queue:Queue",
            properties: { visibilityTimeoutSeconds: "${inputs.seconds}", name: "q-${inputs.team}-$${x}" },
          },
        ],
      },
      { seconds: { value: 60, secret: false }, team: { value: "shop", secret: false } },
    );
    expect(graph.nodes[0]?.properties).toMatchObject({
      visibilityTimeoutSeconds: { kind: "literal", value: 60 },
      name: { kind: "literal", value: "q-shop-${x}" },
    });
  });

  it("taints what a secret touches and never writes it into problems", () => {
    const secret = { value: "hunter2-very-secret", secret: true };
    const spec: BuildSpec = {
      provider: "aws",
      region: "eu-central-1",
      inputs: [{ name: "password" }],
      components: [{ name: "net", type: "Network", properties: { cidr: "${inputs.password}" } }],
      resources: [
        {
          name: "db",
          type: "aws:ssm/parameter:Parameter",
          properties: { type: "SecureString", value: "x${inputs.password}" },
        },
      ],
    };
    const refused = translate(spec, { password: secret }, context);
    expect(refused.kind === "refused" && refused.problems.map(({ reason }) => reason)).toEqual(["InvalidReference"]);
    expect(JSON.stringify(refused)).not.toContain("hunter2");
    const graph = graphOf({ ...spec, components: [] }, { password: secret });
    expect(graph.nodes[0]?.properties["value"]).toEqual({
      kind: "literal",
      value: "xhunter2-very-secret",
      secret: true,
    });
  });

  it("turns ConfigMap text into the number a component wants", () => {
    const spec: BuildSpec = {
      provider: "gcp",
      region: "europe-west3",
      inputs: [{ name: "zones" }],
      components: [{ name: "net", type: "Network", properties: { cidr: "10.0.0.0/16", zones: "${inputs.zones}" } }],
    };
    expect(graphOf(spec, { zones: { value: "2", secret: false } }).nodes).toHaveLength(3);
  });

  it("says which input has no value", () => {
    const result = translate({ provider: "aws", region: "eu-central-1", inputs: [{ name: "x" }] }, {}, context);
    expect(result).toMatchObject({ kind: "refused", problems: [{ reason: "InputMissing", path: "inputs[0]" }] });
  });

  it("retains what was imported unless told otherwise", () => {
    const options = { import: "https://sqs.example/queue" };
    const spec = (more: object): BuildSpec => ({
      provider: "aws",
      region: "eu-central-1",
      resources: [{ name: "q", type: "aws:sqs/queue:Queue", options: { ...options, ...more } }],
    });
    expect(graphOf(spec({})).nodes[0]?.options.retain).toBe(true);
    expect(graphOf(spec({ deletionPolicy: "Destroy" })).nodes[0]?.options.retain).toBe(false);
  });
});

describe("bad specs", () => {
  const net = { name: "net", type: "Network", properties: { cidr: "10.0.0.0/16" } };
  const queue = (properties: Record<string, unknown>) => ({ name: "q", type: "aws:sqs/queue:Queue", properties });

  it.each<[string, Partial<BuildSpec>, string, string, RegExp]>([
    [
      "an unknown component",
      { components: [{ name: "n", type: "Netwrk" }] },
      "UnknownComponent",
      "components[0].type",
      /`Network`/,
    ],
    [
      "an unknown property",
      { components: [{ ...net, properties: { ...net.properties, cdir: "10.0.0.0/16" } }] },
      "UnknownProperty",
      "components[0].properties.cdir",
      /`cidr`/,
    ],
    [
      "a missing property",
      { components: [{ ...net, properties: {} }] },
      "MissingProperty",
      "components[0].properties.cidr",
      /IPv4/,
    ],
    [
      "a wrong type",
      { components: [{ ...net, properties: { cidr: "10.0.0.0/16", zones: "many" } }] },
      "InvalidProperty",
      "components[0].properties.zones",
      /integer/,
    ],
    [
      "a wrong choice",
      { components: [{ ...net, properties: { cidr: "10.0.0.0/16", internet: "Yes" } }] },
      "InvalidProperty",
      "components[0].properties.internet",
      /Private/,
    ],
    [
      "a range with host bits",
      { components: [{ ...net, properties: { cidr: "10.0.0.1/16" } }] },
      "InvalidProperty",
      "components[0].properties.cidr",
      /host bits/,
    ],
    [
      "a reference to nothing",
      { resources: [queue({ name: "${nett.id}" })], components: [net] },
      "UnknownReference",
      "resources[0].properties.name",
      /`net`/,
    ],
    [
      "an unknown output",
      { resources: [queue({ name: "${net.cdr}" })], components: [net] },
      "UnknownReference",
      "resources[0].properties.name",
      /`cidr`/,
    ],
    [
      "an unknown output of a raw resource",
      { resources: [queue({}), { ...queue({ name: "${q.urll}" }), name: "p" }] },
      "UnknownReference",
      "resources[1].properties.name",
      /`url`/,
    ],
    [
      "an unknown input",
      { inputs: [{ name: "size" }], outputs: { x: "${inputs.sise}" } },
      "UnknownReference",
      "outputs.x",
      /`size`/,
    ],
    [
      "a malformed reference",
      { resources: [queue({ name: "${net" })] },
      "InvalidReference",
      "resources[0].properties.name",
      /\$\$\{/,
    ],
    [
      "a cycle",
      {
        resources: [
          { ...queue({ name: "${b.arn}" }), name: "a" },
          { ...queue({ name: "${a.arn}" }), name: "b" },
        ],
      },
      "ReferenceCycle",
      "resources[0]",
      /a -> b -> a/,
    ],
    ["a reference to itself", { resources: [queue({ name: "${q.arn}" })] }, "ReferenceCycle", "resources[0]", /q -> q/],
    [
      "duplicate names",
      { components: [net], resources: [{ ...queue({}), name: "net" }] },
      "DuplicateName",
      "resources[0].name",
      /unique/,
    ],
    [
      "a name that a part takes",
      { components: [net], resources: [{ ...queue({}), name: "net-vpc" }] },
      "DuplicateName",
      "components",
      /net-vpc/,
    ],
    ["an empty name", { components: [{ ...net, name: "" }] }, "InvalidName", "components[0].name", /empty/],
    ["a unicode name", { components: [{ ...net, name: "nétz" }] }, "InvalidName", "components[0].name", /ASCII/],
    [
      "a plain secret",
      { resources: [queue({ kmsMasterKeyId: "AKIAQYLPMN5HHHFPZAM2" })] },
      "PlaintextSecret",
      "resources[0].properties.kmsMasterKeyId",
      /secretKeyRef/,
    ],
    [
      "a plain secret in an input",
      { inputs: [{ name: "password", value: "hunter2" }] },
      "PlaintextSecret",
      "inputs[0].value.password",
      /Secret/,
    ],
    [
      "a package that is not allowed",
      { resources: [{ name: "p", type: "kubernetes:core/v1:Pod" }] },
      "PackageNotAllowed",
      "resources[0].type",
      /allowed/,
    ],
    [
      "an unknown type",
      { resources: [{ name: "p", type: "aws:sqs/queue:Queu" }] },
      "UnknownType",
      "resources[0].type",
      /aws:sqs\/queue:Queue/,
    ],
    [
      "a token that is none",
      { resources: [{ name: "p", type: "queue" }] },
      "UnknownType",
      "resources[0].type",
      /aws:sqs\/queue:Queue/,
    ],
    [
      "a token that climbs out",
      { resources: [{ name: "p", type: "aws:../../x:Y" }] },
      "UnknownType",
      "resources[0].type",
      /token/,
    ],
    [
      "an unknown property of a raw resource",
      { resources: [queue({ visibilityTimeout: 3 })] },
      "UnknownProperty",
      "resources[0].properties.visibilityTimeout",
      /visibilityTimeoutSeconds/,
    ],
    [
      "a missing property of a raw resource",
      { resources: [{ name: "s", type: "aws:ec2/subnet:Subnet" }] },
      "MissingProperty",
      "resources[0].properties.vpcId",
      /vpcId/,
    ],
    ["a region of another cloud", { region: "westeurope" }, "WrongRegion", "region", /eu-west-1/],
    [
      "a dependency on nothing",
      { components: [{ ...net, options: { dependsOn: ["ghost"] } }] },
      "UnknownReference",
      "components[0].options.dependsOn[0]",
      /ghost/,
    ],
    [
      "an override of nothing",
      { components: [{ ...net, overrides: { aws: { vcp: {} } } }] },
      "UnknownProperty",
      "components[0].overrides.aws.vcp",
      /`vpc`/,
    ],
    [
      "a machine that fits no size",
      {
        components: [
          net,
          {
            name: "m",
            type: "VirtualMachine",
            properties: { cpu: 64, memory: "900Gi", image: "debian-12", network: "${net.id}" },
          },
        ],
      },
      "InvalidProperty",
      "components[1].properties.cpu",
      /overrides/,
    ],
    [
      "a machine without network",
      {
        components: [{ name: "m", type: "VirtualMachine", properties: { cpu: 1, memory: "1Gi", image: "debian-12" } }],
      },
      "InvalidProperty",
      "components[0].properties.network",
      /subnet/,
    ],
    [
      "a late value where it must be known",
      { components: [{ ...net, properties: { cidr: "${q.url}" } }], resources: [queue({})] },
      "InvalidReference",
      "components[0].properties.cidr",
      /before building/,
    ],
  ])("are refused for %s, once, with a path and what to do", (_what, part, reason, path, hint) => {
    const problems = problemsOf(part);
    expect(problems).toEqual([{ reason, path, message: expect.stringMatching(hint) }]);
  });

  it("report everything at once", () => {
    const problems = problemsOf({
      components: [
        { name: "a", type: "Netwrk" },
        { name: "b", type: "Network" },
      ],
      resources: [{ name: "q", type: "aws:sqs/queue:Queu" }],
    });
    expect(problems.map(({ reason }) => reason).toSorted()).toEqual([
      "MissingProperty",
      "UnknownComponent",
      "UnknownType",
    ]);
  });

  it("stop at 1,000 components, and 1,000 still translate", () => {
    const many = (count: number) => ({
      components: Array.from({ length: count }, (_, index) => ({ name: `s${index}`, type: "ObjectStore" })),
    });
    expect(problemsOf(many(1001))).toMatchObject([{ reason: "TooManyComponents" }]);
    expect(graphOf({ provider: "gcp", region: "europe-west3", ...many(1000) }).nodes).toHaveLength(1000);
  });

  it("never crash the check, whatever the properties hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (properties, name) => {
        const problems = problemsOf({
          components: [
            { name, type: "VirtualMachine", properties },
            { ...net, properties },
          ],
          resources: [queue(properties)],
        });
        for (const { message } of problems) expect(message).not.toBe("");
      }),
      { numRuns: 200 },
    );
  });
});
