import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../kube/clock.ts";
import { FaultBoard, type FaultSpec } from "../faults.ts";
import { type CloudResource, CloudStore } from "../store.ts";
import { levelOf } from "./metrics-health.ts";
import { labelText, markOf } from "./metrics-labels.ts";
import { loadOf } from "./metrics-load.ts";
import { Meters } from "./metrics-meters.ts";
import { metricsText } from "./metrics.ts";

const noon = Date.parse("2026-11-22T12:00:00Z");
const uid = "6f1c9f0e-0000-4000-8000-000000000001";
const urn = `urn:pulumi:${uid}::web-shop::aws:s3/bucket:Bucket::assets`;

function resource(part: Partial<CloudResource> = {}): CloudResource {
  const properties = part.properties ?? { tags: { "dharma:blueprint": uid, "dharma:resource": "assets" } };
  return {
    serial: 1,
    package: "aws",
    type: "aws:s3/bucket:Bucket",
    id: "assets-1",
    account: "123456789012",
    scope: "",
    region: "eu-central-1",
    urn,
    inputs: {},
    properties,
    written: properties,
    createdAt: noon,
    updatedAt: noon,
    ...part,
  };
}

describe("whose a resource is", () => {
  it.each<[string, Partial<CloudResource>, object]>([
    ["by marker and URN", {}, { blueprint: uid, uid, name: "web-shop", resource: "assets" }],
    [
      "by URN alone, where it carries no tags",
      { properties: {} },
      { blueprint: uid, uid, name: "web-shop", resource: "assets" },
    ],
    [
      "by a marker of namespace and name",
      { urn: "urn:pulumi:dev::p::t::n::m", properties: { tags: { "dharma:blueprint": "shop/web" } } },
      { blueprint: "shop/web", namespace: "shop", name: "web", resource: "n::m" },
    ],
  ])("is told %s", (_, part, mark) => {
    expect(markOf(resource(part))).toEqual(mark);
  });

  it("is nobody's without marker and URN", () => {
    const { urn: _, ...unmanaged } = resource({ properties: {} });
    expect(markOf(unmanaged)).toEqual({});
  });

  it("is told in labels that are escaped, and left out where there is nothing", () => {
    const { urn: _, ...unmanaged } = resource({ properties: {}, id: 'a"\\\n' });
    expect(labelText(unmanaged)).toBe(
      '{type="aws:s3/bucket:Bucket",id="a\\"\\\\\\n",region="eu-central-1",account="123456789012"}',
    );
  });
});

describe("load", () => {
  it("moves a little from one second to the next, and slowly over the day", () => {
    const series = Array.from(
      { length: 24 * 60 },
      (_, minute) => loadOf(resource(), 1, noon + minute * 60_000).utilization,
    );
    const next = loadOf(resource(), 1, noon + 1000);
    const now = loadOf(resource(), 1, noon);
    expect(next.utilization).not.toBe(now.utilization);
    expect(next.latencySeconds).not.toBe(now.latencySeconds);
    expect(Math.abs(next.utilization / now.utilization - 1)).toBeLessThan(0.05);
    expect(Math.max(...series) / Math.min(...series)).toBeGreaterThan(1.5);
    expect(Math.max(...series)).toBeLessThan(0.75);
  });

  it("is worse in everything the worse the health, and always within bounds", () => {
    const level = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(level, level, fc.nat(), fc.integer({ min: noon, max: noon + 1e10 }), (a, b, serial, now) => {
        const [bad, good] = [Math.min(a, b), Math.max(a, b)].map((each) => loadOf({ serial }, each, now));
        if (bad === undefined || good === undefined) throw new Error("two levels give two loads");
        expect(bad.errorRatio).toBeGreaterThanOrEqual(good.errorRatio);
        expect(bad.latencySeconds).toBeGreaterThanOrEqual(good.latencySeconds);
        expect(bad.utilization).toBeGreaterThanOrEqual(good.utilization);
        expect(bad.utilization).toBeLessThanOrEqual(1);
        expect(bad.errorRatio).toBeLessThanOrEqual(1);
        expect(good.utilization).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("counts the same requests however the time is cut", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 200_000_000 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(cuts, (times) => {
        const load = loadOf(resource(), 1, noon);
        const ends = times.toSorted((a, b) => a - b);
        const count = (from: number, to: number) =>
          load.requestsPerSecond(noon + from, noon + to) * ((to - from) / 1000);
        const parts = ends.reduce((sum, end, index) => sum + count(ends[index - 1] ?? 0, end), 0);
        expect(parts).toBeCloseTo(count(0, ends.at(-1) ?? 0), 2);
      }),
    );
  });
});

describe("counters", () => {
  it("only grow, by errors as by requests, and start anew with the resource", () => {
    const meters = new Meters();
    const at = (serial: number, seconds: number, level = 1) => {
      const now = noon + seconds * 1000;
      return meters.advance({ serial }, loadOf({ serial }, level, now), now);
    };
    expect(at(1, 0)).toEqual({ requests: 0, errors: 0 });
    const well = at(1, 600);
    const sick = at(1, 1200, 0.1);
    expect(well.requests).toBeGreaterThan(600);
    expect(sick.requests).toBeGreaterThan(well.requests);
    expect(sick.errors - well.errors).toBeGreaterThan(50 * (well.errors + 1));
    expect(at(1, 900)).toEqual(sick);
    expect(at(2, 1200)).toEqual({ requests: 0, errors: 0 });
    meters.forget(new Set([2]));
    expect(at(1, 1300)).toEqual({ requests: 0, errors: 0 });
  });

  it("stand still while the resource is dead", () => {
    const meters = new Meters();
    const load = loadOf({ serial: 1 }, 0, noon);
    meters.advance({ serial: 1 }, load, noon);
    expect(meters.advance({ serial: 1 }, load, noon + 60_000)).toEqual({ requests: 0, errors: 0 });
  });
});

describe("a health fault", () => {
  const level = (spec: Omit<FaultSpec, "kind">, part: Partial<CloudResource> = {}) => {
    const board = new FaultBoard({ clock: { ...systemClock, now: () => noon + 1000 }, random: () => 0 });
    board.add({ kind: "health", level: 0.1, ...spec });
    return levelOf(resource(part), board.list());
  };

  it.each<[FaultSpec["match"], boolean]>([
    [{}, true],
    [{ id: "assets-1" }, true],
    [{ id: "assets-2" }, false],
    [{ urn }, true],
    [{ urn: "*::assets" }, true],
    [{ urn: "*::other" }, false],
    [{ type: "aws:s3/*", region: "eu-*" }, true],
    [{ type: "aws:ec2/*" }, false],
    [{ blueprint: uid }, true],
    [{ blueprint: "web-shop" }, true],
    [{ blueprint: "web" }, false],
  ])("that matches %j hits: %s", (match, hits) => {
    expect(level({ match })).toBe(hits ? 0.1 : undefined);
  });

  const later = noon + 2000;
  const changed = { properties: { tags: { owner: "nobody" } }, written: {}, updatedAt: later };
  const written = { properties: {}, written: {}, updatedAt: later };
  it.each<[string, Omit<FaultSpec, "kind">, Partial<CloudResource>, boolean]>([
    ["on one resource outlasts a change of it", { match: { id: "assets-1" } }, written, true],
    ["on one resource ends with its creation anew", { match: { id: "assets-1" } }, { createdAt: later }, false],
    ["on one URN ends with its creation anew", { match: { urn } }, { createdAt: later }, false],
    ["on many hits what is made later too", { match: { id: "assets-*" } }, { createdAt: later }, true],
    [
      "that never ends hits what is made later too",
      { match: { id: "assets-1" }, endsOn: "never" },
      { createdAt: later },
      true,
    ],
    ["that ends on update ends with a provider's write", { match: {}, endsOn: "update" }, written, false],
    ["that ends on update outlasts a change by hand", { match: {}, endsOn: "update" }, changed, true],
  ])("%s", (_, spec, part, hits) => {
    expect(level(spec, part)).toBe(hits ? 0.1 : undefined);
  });
});

it("writes ten thousand resources in less than a second of work", () => {
  const store = new CloudStore({ id: "c", clock: systemClock, changed: () => undefined });
  for (let serial = 1; serial <= 10_000; serial += 1) store.put(resource({ serial, id: `assets-${serial}` }));
  const faults = new FaultBoard({ clock: systemClock, random: () => 0 });
  const started = process.threadCpuUsage();
  const text = metricsText({ store, faults, clock: systemClock, meters: new Meters() });
  const { user, system } = process.threadCpuUsage(started);
  expect(text.split("\n")).toHaveLength(6 * 10_002 + 1);
  expect((user + system) / 1e6).toBeLessThan(1);
});
