// What admission lets into policy settings and Blueprints' own exceptions; the answers to access reviews are each test's.
import { describe, expect, test } from "vitest";
import type { ConfigMap, KubeObject } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { type AdmissionContext, type AdmissionRequest, ManualClock, silentLogger } from "../../runtime/index.ts";
import { exceptAnnotation, exceptAttestation, exceptionsOf } from "../attestation/exceptions.ts";
import { aBlueprint, noon } from "../fixtures.ts";
import { checkExcept } from "./except-webhook.ts";
import { policyLabel } from "./names.ts";
import { checkSettings } from "./settings-webhook.ts";
import { readSettings } from "./settings.ts";

const keys = { current: { id: "k1", secret: new Uint8Array(32).fill(7) }, former: [] };
const trust = { kind: "attested", keys } as const;

/** A context whose access reviews allow exactly these namespaces ("*": all of them). */
function context(allowed: readonly string[]): AdmissionContext & { readonly asked: string[] } {
  const asked: string[] = [];
  const post: Kube["post"] = async (_path, body) => {
    const {
      verb,
      resource,
      namespace = "*",
    } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec.resourceAttributes;
    asked.push(`${verb} ${resource} ${namespace}`);
    return { status: { allowed: allowed.includes(namespace) } };
  };
  return {
    signal: new AbortController().signal,
    clock: new ManualClock(noon),
    log: silentLogger,
    kube: { post } as Kube,
    asked,
  };
}

function request<T extends KubeObject>(object: T, oldObject?: T, username = "jane"): AdmissionRequest<T> {
  return {
    uid: "1",
    operation: oldObject === undefined ? "CREATE" : "UPDATE",
    group: "",
    version: "v1",
    kind: object.kind,
    resource: "",
    subresource: "",
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    user: { username, uid: "", groups: [], extra: {} },
    dryRun: false,
    object,
    oldObject,
  };
}

const exception = {
  name: "legacy",
  namespaces: ["shop"],
  rules: ["aws.s3.*"],
  owner: "store team",
  reason: "moves in spring",
  expireTime: "2027-02-01T00:00:00Z",
};

function settings(exceptions: readonly object[], annotations: Readonly<Record<string, string>> = {}): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "dharma-policy", namespace: "dharma-system", labels: { [policyLabel]: "" }, annotations },
    data: { "settings.yaml": JSON.stringify({ exceptions }) },
  };
}

describe("policy settings at admission", () => {
  const handle = checkSettings({ keys, namespace: "dharma-system", name: "dharma-policy" });
  /** Settings as they are stored when this object was let in. */
  const stored = async (object: ConfigMap, old: ConfigMap | undefined, ctx: AdmissionContext): Promise<ConfigMap> => {
    const answer = await handle(request(object, old), ctx);
    if (answer.kind === "allow") return object;
    expect(answer).toMatchObject({ kind: "mutate" });
    return { ...object, ...(answer as { object: ConfigMap }).object };
  };
  const ignored = (object: ConfigMap) => {
    const read = readSettings(object, trust, noon);
    return read.kind === "loaded" ? read.ignored : [read.message];
  };

  test("an exception of somebody who may is attested, and counts", async () => {
    const ctx = context(["shop"]);
    expect(ignored(settings([exception]))).toMatchObject([expect.stringMatching(/legacy is not attested/)]);
    const attested = await stored(settings([exception]), undefined, ctx);
    expect(ctx.asked).toEqual(["except blueprints shop"]);
    expect(readSettings(attested, trust, noon)).toMatchObject({
      kind: "loaded",
      ignored: [],
      exceptions: [{ ...exception, expireTime: "2027-02-01T00:00:00.000Z" }],
    });
  });

  test("one that was attested is asked about no more, one that changes is", async () => {
    const attested = await stored(settings([exception]), undefined, context(["shop"]));
    const more = settings(
      [exception, { ...exception, name: "web", namespaces: ["web"] }],
      attested.metadata.annotations,
    );
    const ctx = context(["web"]);
    const both = await stored(more, attested, ctx);
    expect(ctx.asked).toEqual(["except blueprints web"]);
    expect(ignored(both)).toEqual([]);
    const wider = settings([{ ...exception, rules: ["*"] }], attested.metadata.annotations);
    expect(await handle(request(wider, attested), context([]))).toMatchObject({ kind: "deny", code: 403 });
  });

  test("one for all namespaces asks for the right in all of them", async () => {
    const { namespaces: _, ...everywhere } = exception;
    const refused = await handle(request(settings([everywhere])), context(["shop"]));
    expect(refused).toMatchObject({
      kind: "deny",
      message: expect.stringMatching(/jane may not except.*all namespaces/),
    });
    expect((await handle(request(settings([everywhere])), context(["*"]))).kind).toBe("mutate");
  });

  test("an attestation that somebody carries along, or took from before, makes nothing count", async () => {
    const attested = await stored(settings([exception]), undefined, context(["shop"]));
    const without = await stored(settings([], attested.metadata.annotations), attested, context([]));
    expect(without.metadata.annotations).toEqual({});
    const again = settings([exception], attested.metadata.annotations);
    expect(await handle(request(again, without), context([]))).toMatchObject({ kind: "deny", code: 403 });
    const forged = settings([exception], { [exceptAttestation]: "e30.x" });
    expect(await handle(request(forged, settings([exception])), context([]))).toMatchObject({
      kind: "mutate",
      object: { metadata: { annotations: {} } },
    });
    const elsewhere = { ...attested, metadata: { ...attested.metadata, name: "other" } };
    expect(ignored(elsewhere)).toHaveLength(1);
  });

  test("an exception that expired later counts no more and stands in no edit's way", async () => {
    const attested = await stored(settings([exception]), undefined, context(["shop"]));
    const later = Date.parse(exception.expireTime) + 1;
    expect(readSettings(attested, trust, later)).toMatchObject({
      exceptions: [],
      ignored: [expect.stringContaining("expired")],
    });
  });

  test.each([
    ["in the past", { expireTime: "2026-01-01T00:00:00Z" }, /past/],
    ["too far away", { expireTime: "2028-01-01T00:00:00Z" }, /more than a year/],
    ["never", { expireTime: "never" }, /expireTime/],
    ["without an owner", { owner: " " }, /owner/],
    ["without a reason", { reason: "" }, /reason/],
    ["with an unknown key", { until: "x" }, /until is not known/],
  ])("an exception %s is refused", async (_, change, message) => {
    const answer = await handle(request(settings([{ ...exception, ...change }])), context(["shop"]));
    expect(answer).toMatchObject({ kind: "deny", code: 422, message: expect.stringMatching(message) });
  });

  test("what does not change the document passes, also where it was always wrong", async () => {
    const broken = { ...settings([]), data: { "settings.yaml": "mode: x" } };
    const told = { ...broken, metadata: { ...broken.metadata, annotations: { told: "1" } } };
    expect(await handle(request(told, broken), context([]))).toEqual({ kind: "allow" });
    expect(await handle(request(broken, settings([])), context([]))).toMatchObject({ kind: "deny", code: 422 });
  });

  test("other ConfigMaps pass", async () => {
    const other = { ...settings([exception]), metadata: { name: "rules", namespace: "dharma-system" } };
    expect(await handle(request(other), context([]))).toEqual({ kind: "allow" });
  });

  test("without a webhook whoever may write the settings is believed", () => {
    expect(readSettings(settings([exception]), { kind: "everybody" }, noon)).toMatchObject({ ignored: [] });
  });
});

describe("a Blueprint's own exceptions", () => {
  const handle = checkExcept(keys);
  const own = "[{ rules: [aws.s3.*], resources: [assets], reason: moves, expireTime: '2027-01-01T00:00:00Z' }]";
  const withText = (text: string, more: Readonly<Record<string, string>> = {}) =>
    aBlueprint({}, { annotations: { [exceptAnnotation]: text, ...more } });

  test("are attested with who set them, who is their owner", async () => {
    expect(exceptionsOf(keys, withText(own))).toMatchObject({
      exceptions: [],
      refused: expect.stringMatching(/not attest/),
    });
    const ctx = context(["web"]);
    const answer = await handle(request(withText(own), aBlueprint()), ctx);
    expect(ctx.asked).toEqual(["except blueprints web"]);
    expect(answer).toMatchObject({ kind: "mutate" });
    const { object } = answer as unknown as { object: ReturnType<typeof aBlueprint> };
    expect(exceptionsOf(keys, object)).toEqual({
      exceptions: [
        {
          name: "shop-1",
          rules: ["aws.s3.*"],
          resources: ["assets"],
          reason: "moves",
          owner: "jane",
          expireTime: "2027-01-01T00:00:00.000Z",
        },
      ],
    });
    // On another Blueprint, or with another text, the attestation says nothing.
    const copied = { ...object, metadata: { ...object.metadata, name: "other" } };
    expect(exceptionsOf(keys, copied).exceptions).toEqual([]);
    const widened = withText(own.replace("aws.s3.*", "*"), {
      ...object.metadata.annotations,
      [exceptAnnotation]: "[]",
    });
    expect(exceptionsOf(keys, widened).exceptions).toEqual([]);
    // What else changes is nobody's business here; taken away, the attestation goes too.
    expect(await handle(request({ ...object, spec: aBlueprint({ region: "x" }).spec }, object), context([]))).toEqual({
      kind: "allow",
    });
    const gone = aBlueprint(
      {},
      { annotations: { [exceptAttestation]: object.metadata.annotations?.[exceptAttestation] ?? "" } },
    );
    expect(await handle(request(gone, object), context([]))).toMatchObject({
      object: { metadata: { annotations: {} } },
    });
  });

  test.each([
    ["of somebody without the right", own, [], 403, /may not except blueprints web\/shop/],
    ["that are no YAML", "[", ["web"], 422, /no YAML/],
    ["that are no list", "{}", ["web"], 422, /give a list/],
    ["with an unknown key", own.replace("reason", "why"), ["web"], 422, /give a list/],
    ["without a reason", own.replace("moves", "' '"), ["web"], 422, /reason/],
    ["in the past", own.replace("2027", "2025"), ["web"], 422, /past/],
    ["too far away", own.replace("2027", "2029"), ["web"], 422, /more than a year/],
  ])("%s are refused", async (_, text, allowed, code, message) => {
    const answer = await handle(request(withText(text), aBlueprint()), context(allowed));
    expect(answer).toMatchObject({ kind: "deny", code, message: expect.stringMatching(message) });
  });

  test("an attestation is nobody's to write", async () => {
    const forged = withText(own, { [exceptAttestation]: "x" });
    expect(await handle(request(forged, withText(own)), context(["web"]))).toMatchObject({ kind: "deny", code: 403 });
  });
});
