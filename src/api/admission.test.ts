// The CRDs on a real API server: what is refused, in which words, and that offline validation says the same.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { testObject, testObjects, type TestObject, withValue } from "./testdata/objects.ts";
import { backendMessage, nativeCases, specCases, updateCases } from "./testdata/change-cases.ts";
import { type Answer, connect, type Server } from "./testdata/server.ts";
import { type Trial, trialsOf } from "./testdata/sweep.ts";
import { fullStatuses } from "./testdata/status-cases.ts";
import { withDefaults } from "./validate/defaults.ts";
import { validateObject } from "./validate/validate.ts";
import { blueprints } from "./v1alpha1/blueprint.ts";

const namespace = `api-${randomBytes(4).toString("hex")}`;
let server: Server;
let opened: Server | undefined;

beforeAll(async () => {
  server = await connect(await usePlane(), namespace);
  opened = server;
  await server.install();
});
afterAll(() => opened?.close());

function named(object: TestObject): TestObject {
  return withValue(object, "metadata.name", `${object.metadata.name}-${randomBytes(4).toString("hex")}`);
}

function changed(object: TestObject, set: Readonly<Record<string, unknown>>): TestObject {
  return Object.entries(set).reduce((at, [path, value]) => withValue(at, path, value), object);
}

/** Field and message of each fault, as the server gives them. */
function faults({ body }: Answer): readonly { path: string; message: string }[] {
  return (body.details?.causes ?? []).map(({ field, message }) => ({ path: field, message }));
}

/** Every value once, and at every place one value that is refused: the offline test tries all values everywhere. */
function fewest(trials: readonly Trial[]): readonly Trial[] {
  const seen = new Set<string>();
  const isNew = (key: string) => !seen.has(key) && seen.add(key) !== undefined;
  return trials.filter(({ object, schemaPath, message, value, refused }) => {
    const newPlace = refused !== undefined && isNew(`${object.kind} ${schemaPath} ${message}`);
    return isNew(`${message} ${value}`) || newPlace;
  });
}

async function outcome({ object, path, refused, name }: Trial): Promise<readonly string[]> {
  const answer = await server.create(object, "dry run");
  if (refused === undefined) return answer.status === 201 ? [] : [`${name}: refused: ${answer.body.message}`];
  const said = faults(answer).some((fault) => fault.path === path && fault.message.endsWith(refused));
  return answer.status === 422 && said ? [] : [`${name}: ${answer.status} ${JSON.stringify(faults(answer))}`];
}

async function inTurns<In, Out>(list: readonly In[], act: (item: In) => Promise<Out>): Promise<readonly Out[]> {
  const results: Out[] = [];
  for (let start = 0; start < list.length; start += 8)
    results.push(...(await Promise.all(list.slice(start, start + 8).map(act))));
  return results;
}

describe("the CRDs on a real API server", () => {
  it.each([...testObjects()])("take %s", async (_, object) => {
    const answer = await server.create(object, "dry run");
    expect(answer.body.message).toBeUndefined();
    expect(answer.status).toBe(201);
  });

  it("judge every value of the table as it says, at the field and in the words it says, wherever its rule stands", async () => {
    const trials = fewest([...testObjects()].flatMap(([, object]) => trialsOf(object)));
    expect(trials.length).toBeGreaterThan(250);
    expect((await inTurns(trials, outcome)).flat()).toEqual([]);
  });

  it.each([...specCases, ...nativeCases])(
    "refuse $object with $path: $message",
    async ({ object, set, path, message }) => {
      const answer = await server.create(changed(testObject(object), set), "dry run");
      expect(answer.status).toBe(422);
      expect(faults(answer).filter((fault) => fault.path === path && fault.message.includes(message))).not.toEqual([]);
    },
  );

  it.each(updateCases)("refuse an update: $message", async ({ object, set, path, message }) => {
    const stored = await server.create(named(testObject(object)), "stored");
    expect(stored.status).toBe(201);
    expect((await server.replace(withValue(stored.body, "metadata.labels", { a: "b" }), "")).status).toBe(200);
    const answer = await server.replace(changed(stored.body, set), "");
    expect(answer.status).toBe(422);
    expect(faults(answer)[0]?.path).toBe(path);
    expect(faults(answer)[0]?.message).toContain(message);
  });

  it("keep the state backend while resources exist, and let it change when none do", async () => {
    const stored = await server.create(named(testObject("blueprint-contract")), "stored");
    const fresh = stored.body;
    expect((await server.replace({ ...fresh, status: { resources: 3 } }, "/status")).status).toBe(200);
    const moved = withValue(fresh, "spec.state.backendRef", "small");
    const refused = await server.replace(moved, "");
    expect(refused.status).toBe(422);
    expect(refused.body.message).toContain(backendMessage);
    expect((await server.replace(withValue(fresh, "spec.state", undefined), "")).status).toBe(422);
    expect((await server.replace({ ...fresh, status: { resources: 0 } }, "/status")).status).toBe(200);
    expect((await server.replace(moved, "")).status).toBe(200);
  });

  it("fill the same defaults as withDefaults", async () => {
    const minimal = {
      apiVersion: "iacdharma.com/v1alpha1",
      kind: "Blueprint",
      metadata: { name: "minimal" },
      spec: { provider: "aws", region: "eu-west-1", components: [{ name: "net", type: "Network", options: {} }] },
    } as const;
    const { body } = await server.create(minimal, "dry run");
    expect(body["spec"]).toEqual(withDefaults(blueprints, minimal).spec);
    expect(body["spec"]).toMatchObject({
      approval: "OnRisk",
      drift: { mode: "Report", interval: "1h" },
      rollback: { automatic: false, window: "10m" },
      deletionPolicy: "Destroy",
      paused: false,
      observeOnly: false,
      execution: "Local",
    });
  });

  it("take a Blueprint of 1,000 components, which the controller refuses with a reason", async () => {
    const components = Array.from({ length: 1000 }, (_, index) => ({ name: `c-${index}`, type: "Network" }));
    const answer = await server.create(
      withValue(testObject("blueprint-contract"), "spec.components", components),
      "dry run",
    );
    expect(answer.body.message).toBeUndefined();
    expect(answer.status).toBe(201);
  });

  it.each(Object.entries(fullStatuses))("keep every field of the status of %s", async (name, status) => {
    const object = testObject(name);
    expect(validateObject({ ...object, status })).toEqual([]);
    const stored = await server.create(named(object), "stored");
    const answer = await server.replace({ ...stored.body, status }, "/status");
    expect(answer.body.message).toBeUndefined();
    expect(answer.body["status"]).toEqual(status);
  });

  it("never let a main update touch status", async () => {
    const stored = await server.create(named(testObject("edge-cluster-every-field")), "stored");
    const answer = await server.replace({ ...stored.body, status: { observedGeneration: 1 } }, "");
    expect(answer.status).toBe(200);
    expect(answer.body["status"]).toBeUndefined();
  });
});
