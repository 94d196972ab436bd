// ServiceAccounts as cloud identities on the other clouds, and what happens when one is gone.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprints, serviceAccounts } from "../api/index.ts";
import { makeBlueprint, ready, startWorld, until, untilGone, type World } from "../../test/support/world.ts";

const timeout = 300_000;
let world: World;
let namespace: string;
const base = { provider: "aws", region: "eu-west-1", approval: "Never" };
const resources = [{ name: "orders", type: "aws:sqs/queue:Queue" }];
const role = "arn:aws:iam::210987654321:role/builder";

beforeAll(async () => {
  world = await startWorld();
  namespace = await world.namespace();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

describe("spec.credentials.serviceAccountName", () => {
  test.each([
    [
      "azure",
      "westeurope",
      { name: "g", type: "azure-native:resources:ResourceGroup" },
      {
        "azure.workload.identity/client-id": "00000000-0000-4000-8000-000000000001",
        "azure.workload.identity/tenant-id": "00000000-0000-4000-8000-000000000002",
        "iacdharma.com/azure-subscription-id": "00000000-0000-4000-8000-000000000003",
      },
      "azure:00000000-0000-4000-8000-000000000003",
    ],
    [
      "gcp",
      "europe-west3",
      { name: "t", type: "gcp:pubsub/topic:Topic" },
      {
        "iam.gke.io/gcp-service-account": "builder@shop-project.iam.gserviceaccount.com",
        "iacdharma.com/gcp-workload-identity-provider":
          "projects/42/locations/global/workloadIdentityPools/k8s/providers/cluster",
      },
      "gcp:shop-project",
    ],
  ] as const)(
    "works on %s with a token for that cloud",
    { timeout },
    async (provider, region, resource, annotations, identity) => {
      await account(namespace, `on-${provider}`, annotations);
      const credentials = { serviceAccountName: `on-${provider}` };
      await makeBlueprint(world, namespace, `on-${provider}`, {
        ...base,
        provider,
        region,
        resources: [resource],
        credentials,
      });
      const built = await until(world, blueprints, { namespace, name: `on-${provider}` }, isReady, timeout);
      expect(built.status?.cloud).toEqual({ identity });
    },
  );

  test("that is gone is told, nothing is lost, and it goes on when it is back", { timeout }, async () => {
    const key = { namespace, name: "orphan" };
    await account(namespace, "fleeting", { "eks.amazonaws.com/role-arn": role });
    await makeBlueprint(world, namespace, "orphan", {
      ...base,
      resources,
      credentials: { serviceAccountName: "fleeting" },
    });
    await until(world, blueprints, key, isReady, timeout);
    await world.kube.delete(serviceAccounts, { namespace, name: "fleeting" }, { signal: world.signal });
    await world.kube.delete(blueprints, key, { signal: world.signal });
    const stuck = await until(world, blueprints, key, (object) => message(object).includes("is gone"), timeout);
    expect(message(stuck)).toContain("create it again");
    await account(namespace, "fleeting", { "eks.amazonaws.com/role-arn": role });
    await world.kube.patch(
      blueprints,
      key,
      { kind: "merge", body: { metadata: { annotations: { "iacdharma.com/reconcile-at": "now" } } } },
      { signal: world.signal },
    );
    await untilGone(world, blueprints, key, 240_000);
  });
});

async function account(home: string, name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  const object = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: home, annotations } };
  await world.kube.apply(serviceAccounts, object, { fieldManager: "test", signal: world.signal });
}

function isReady(object: Blueprint): boolean {
  return ready(object) === "True Succeeded";
}

function message(object: Blueprint): string {
  return object.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}
