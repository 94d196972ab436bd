import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../kube/clock.ts";
import { configOf, testCloud, type TestCloud } from "../testing/cloud.ts";
import { testEngine, type TestEngine } from "../testing/engine.ts";

const bucketType = "aws:s3/bucket:Bucket";

describe("the control address", () => {
  let cloud: TestCloud;
  let engine: TestEngine;
  let offset = 0;

  beforeAll(async () => {
    const clock = { ...systemClock, now: () => Date.now() + offset };
    cloud = await testCloud({ clock });
    engine = testEngine(cloud.providers.aws);
    await engine.configure(configOf("aws"));
  });
  beforeEach(async () => {
    await cloud.ask("POST", "/reset");
  });
  afterAll(async () => {
    engine.close();
    await cloud.stop();
  });

  const make = (bucket: string) =>
    engine.create(bucketType, bucket, { bucket, tags: { "dharma:blueprint": "shop/web" } });
  const fault = (body: unknown) => cloud.ask("POST", "/faults", body);

  it("says what it can do, and 404 with the routes for what it can't", async () => {
    expect((await cloud.ask("GET", "/")).body).toMatchObject({
      id: cloud.id,
      routes: expect.arrayContaining(["GET /faults"]),
    });
    expect(await cloud.ask("GET", "/nothing")).toMatchObject({ status: 404, body: { routes: expect.any(Array) } });
  });

  it.each([
    ["POST", "/faults", "{", "the body is not JSON"],
    ["POST", "/faults", [], "the body must be a JSON object"],
    ["POST", "/faults", { kind: "trottle" }, "is not one of throttle"],
    ["POST", "/faults", { kind: "slow", matsch: {} }, "did you mean match?"],
    ["POST", "/faults", { kind: "slow", match: { typ: "x" } }, "did you mean type?"],
    ["POST", "/faults", { kind: "slow", match: { type: 3 } }, "match.type must be a string"],
    ["POST", "/faults", { kind: "slow", probability: 2 }, "probability must be a number from 0 to 1"],
    ["POST", "/faults", { kind: "slow", count: 0 }, "count must be a number from 1"],
    ["POST", "/faults", { kind: "partial", answer: "maybe" }, 'answer must be "error" or "never"'],
    ["GET", "/calls?since=x", undefined, "since must be a whole number"],
    ["GET", "/resources?typ=x", undefined, "did you mean type?"],
    ["POST", "/resources", { type: "aws:s3/bucket:Buckett", account: "1" }, "is not simulated"],
    ["POST", "/resources", { type: bucketType }, "account is missing"],
    ["POST", "/resources", { type: bucketType, account: "1", inputs: { bucked: "x" } }, 'Did you mean "bucket"?'],
    [
      "POST",
      "/resources",
      { type: bucketType, account: "1", region: "eu-central-1", inputs: { bucket: "X" } },
      "InvalidBucketName",
    ],
  ])("refuses %s %s %j with 400, a reason and an example", async (method, route, body, reason) => {
    expect(await cloud.ask(method, route, body)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining(reason), example: expect.any(String) },
    });
  });

  it("shows, changes and deletes a resource by its URL-encoded id", async () => {
    const queue = await engine.create("aws:sqs/queue:Queue", "q", { name: "jobs" });
    const route = `/resources/${encodeURIComponent(queue.id)}`;
    expect((await cloud.ask("GET", route)).body).toMatchObject({
      managed: true,
      properties: { name: "jobs" },
      urn: engine.urn("aws:sqs/queue:Queue", "q"),
    });
    expect((await cloud.ask("PATCH", route, { delaySeconds: 9, tags: { a: "b" } })).body).toMatchObject({
      properties: { delaySeconds: 9, tags: { a: "b" } },
    });
    expect((await cloud.ask("PATCH", route, { tags: { a: null } })).body).toMatchObject({ properties: { tags: {} } });
    expect((await cloud.ask("PATCH", route, 3)).status).toBe(400);
    expect((await cloud.ask("DELETE", route)).status).toBe(200);
    expect((await cloud.ask("GET", route)).status).toBe(404);
    expect((await engine.read("aws:sqs/queue:Queue", "q", queue.id)).id).toBe("");
  });

  it("asks which when two types share an id", async () => {
    await make("shared");
    await engine.create("aws:s3/bucketVersioning:BucketVersioning", "v", {
      bucket: "shared",
      versioningConfiguration: { status: "Enabled" },
    });
    expect(await cloud.ask("GET", "/resources/shared")).toMatchObject({
      status: 409,
      body: { types: [bucketType, "aws:s3/bucketVersioning:BucketVersioning"] },
    });
    expect((await cloud.ask("GET", `/resources/shared?type=${bucketType}`)).status).toBe(200);
  });

  it.each([
    ["throttle", "RequestLimitExceeded"],
    ["quota", "ResourceLimitExceeded"],
    ["error", "InternalError"],
    ["denied", "AccessDenied"],
    ["outage", "ServiceUnavailable"],
  ])("refuses operations under a %s fault, as often as asked", async (kind, code) => {
    await fault({ kind, match: { type: "aws:s3/*", operation: "create" }, count: 2 });
    await expect(make("one")).rejects.toThrow(code);
    await expect(make("one")).rejects.toThrow(code);
    expect((await make("one")).id).toBe("one");
    expect((await cloud.ask("GET", "/faults")).body).toEqual({ faults: [] });
  });

  it("hits only what matches, and no previews", async () => {
    await fault({ kind: "outage", match: { region: "eu-central-1" } });
    expect((await engine.create(bucketType, "p", { bucket: "p" }, "preview")).id).toBe("");
    await expect(make("p")).rejects.toThrow("ServiceUnavailable");
    const elsewhere = testEngine(cloud.providers.aws);
    await elsewhere.configure({ ...configOf("aws"), region: "us-east-1" });
    expect((await elsewhere.create(bucketType, "e", { bucket: "elsewhere" })).id).toBe("elsewhere");
    elsewhere.close();
  });

  it("ends a fault with its time or by hand, and draws its probability", async () => {
    await fault({ kind: "error", match: { operation: "create" }, seconds: 60 });
    await expect(make("timed")).rejects.toThrow("InternalError");
    offset += 61_000;
    expect((await make("timed")).id).toBe("timed");
    const { body } = await fault({ kind: "error", match: {}, probability: 0 });
    expect((await make("lucky")).id).toBe("lucky");
    const id = typeof body === "object" && body !== null && "id" in body ? String(body.id) : "";
    expect((await cloud.ask("DELETE", `/faults/${id}`)).status).toBe(200);
    expect((await cloud.ask("DELETE", `/faults/${id}`)).status).toBe(404);
  });

  it("slows down", async () => {
    await fault({ kind: "slow", match: { operation: "create" }, latencyMs: 150 });
    const started = performance.now();
    await make("slow");
    expect(performance.now() - started).toBeGreaterThan(140);
  });

  it("carries a change out and loses the answer", async () => {
    await fault({ kind: "partial", match: { operation: "create" }, answer: "error", count: 1 });
    await expect(make("half")).rejects.toThrow("connection reset");
    expect((await cloud.ask("GET", "/resources?blueprint=shop/web")).body).toMatchObject({
      resources: [{ id: "half" }],
    });
    await fault({ kind: "partial", match: { operation: "create" }, count: 1 });
    const lost = expect(make("lost")).rejects.toThrow("cancelled by the engine");
    await expect.poll(async () => (await cloud.ask("GET", "/resources/lost")).status, { timeout: 10_000 }).toBe(200);
    await engine.cancel();
    await lost;
    expect((await engine.read(bucketType, "lost", "lost")).id).toBe("lost");
  });

  it("logs calls with outcomes since a sequence", async () => {
    await make("logged");
    await expect(make("logged")).rejects.toThrow();
    const { body } = await cloud.ask("GET", "/calls?since=0");
    expect(body).toMatchObject({
      calls: [
        { operation: "create", type: bucketType, outcome: "ok" },
        { operation: "create", outcome: expect.stringContaining("BucketAlreadyOwnedByYou") },
      ],
    });
    const last =
      JSON.stringify(body)
        .match(/"sequence":(\d+)/g)
        ?.at(-1)
        ?.split(":")[1] ?? "";
    expect((await cloud.ask("GET", `/calls?since=${last}`)).body).toEqual({ calls: [] });
  });

  it("meters hours, of what is gone too", async () => {
    await make("metered");
    offset += 3_600_000;
    await engine.delete(bucketType, "metered", "metered");
    offset += 3_600_000;
    const { body } = await cloud.ask("GET", "/usage");
    expect(body).toMatchObject({ usage: [{ id: "metered", blueprint: "shop/web", to: expect.any(String) }] });
    const hours = Number(/"hours":([\d.]+)/.exec(JSON.stringify(body))?.[1]);
    expect(hours).toBeGreaterThanOrEqual(1);
    expect(hours).toBeLessThan(1.1);
  });

  it("exports health that a fault makes worse until the resource is made anew", async () => {
    const metric = async (name: string) =>
      Number(
        new RegExp(`_${name}\\{[^}]*id="sick"[^}]*\\} ([\\d.]+)`).exec(
          String((await cloud.ask("GET", "/metrics")).body),
        )?.[1],
      );
    await make("sick");
    const well = await metric("latency_seconds");
    const utilization = await metric("utilization_ratio");
    expect(await metric("error_ratio")).toBeLessThan(0.01);
    offset += 1000;
    await fault({ kind: "health", match: { id: "sick" }, level: 0.1 });
    offset += 60_000;
    expect(await metric("latency_seconds")).toBeGreaterThan(well * 3);
    expect(await metric("error_ratio")).toBeGreaterThan(0.4);
    expect(await metric("utilization_ratio")).toBeGreaterThan(utilization + 0.3);
    const errors = await metric("errors_total");
    expect(errors).toBeGreaterThan(50);
    expect((await make("well")).id).toBe("well");
    await engine.delete(bucketType, "sick", "sick");
    expect(await metric("up")).toBeNaN();
    await make("sick");
    expect(await metric("latency_seconds")).toBeLessThan(well * 2);
    expect(await metric("errors_total")).toBeLessThan(errors);
  });

  it.each([
    [{ kind: "health", match: { operation: "create" } }, "touch no operation"],
    [{ kind: "error", match: { urn: "x" } }, "for health faults only"],
    [{ kind: "health", endsOn: "friday" }, "endsOn must be"],
    [{ kind: "error", endsOn: "update" }, "of a health fault"],
  ])("refuses the fault %j", async (body, reason) => {
    expect(await fault(body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(reason) } });
  });
});

describe("the data file", () => {
  it("keeps the cloud and its id over a restart, and refuses a file that is none of ours", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "dharma-simulated-"));
    const dataFile = path.join(folder, "cloud.json");
    const first = await testCloud({ dataFile });
    const engine = testEngine(first.providers.aws);
    await engine.configure(configOf("aws"));
    await engine.create(bucketType, "kept", { bucket: "kept" });
    engine.close();
    await first.stop();
    const second = await testCloud({ dataFile });
    expect(second.id).toBe(first.id);
    expect((await second.ask("GET", "/resources/kept")).status).toBe(200);
    await second.stop();
    await writeFile(dataFile, "[]");
    await expect(testCloud({ dataFile })).rejects.toThrow("delete it to start with an empty one");
    await rm(folder, { recursive: true });
  });

  it("refuses a port that is taken and leaves nothing running", async () => {
    const first = await testCloud();
    const taken = Number(new URL(first.control).port);
    await expect(testCloud({ controlPort: taken })).rejects.toThrow("choose another port");
    await first.stop();
    await expect(fetch(first.control)).rejects.toThrow();
  });
});
