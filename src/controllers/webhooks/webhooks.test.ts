// What admission lets pass, refuses and attests; the API server's answers to access reviews are given by each test.
import { describe, expect, test } from "vitest";
import type { BlueprintRun, KubeObject } from "../../api/index.ts";
import { approveAnnotation, rejectAnnotation } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { type AdmissionContext, type AdmissionRequest, ManualClock, silentLogger } from "../../runtime/index.ts";
import { attestationAnnotation, verdictOf } from "../attestation/approval.ts";
import { attestedAuthor, referencesAnnotation } from "../attestation/references.ts";
import { aBlueprint, aRun } from "../fixtures.ts";
import { attestRun } from "./approvals.ts";
import { checkReferences } from "./references.ts";
import { validateSpec } from "./spec.ts";

const keys = { current: { id: "k1", secret: new Uint8Array(32).fill(7) }, former: [] };
const referenceKeys = { current: { id: "r.2", secret: new Uint8Array(32).fill(9) }, former: [] };
const planId = `sha256:${"c".repeat(64)}`;

/** A context whose access reviews allow exactly what `allowed` names as `verb resource/name`. */
function context(allowed: readonly string[]): AdmissionContext & { readonly asked: string[] } {
  const asked: string[] = [];
  const post: Kube["post"] = async (_path, body) => {
    const { verb, resource, name } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec
      .resourceAttributes;
    const access = `${verb} ${resource}/${name}`;
    asked.push(access);
    return { status: { allowed: allowed.includes(access) } };
  };
  return {
    signal: new AbortController().signal,
    clock: new ManualClock(0),
    log: silentLogger,
    kube: { post } as Kube,
    asked,
  };
}

function request<T extends KubeObject>(
  object: T,
  oldObject: T | undefined,
  username = "jane",
  subresource = "",
): AdmissionRequest<T> {
  return {
    uid: "1",
    operation: oldObject === undefined ? "CREATE" : "UPDATE",
    group: "iacdharma.com",
    version: "v1alpha1",
    kind: object.kind,
    resource: "",
    subresource,
    namespace: "web",
    name: object.metadata.name,
    user: { username, uid: "", groups: [], extra: {} },
    dryRun: false,
    object,
    oldObject,
  };
}

function withAnnotations<T extends KubeObject>(object: T, annotations: Record<string, string>): T {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function mutated<T extends KubeObject>(answer: { kind: string; object?: KubeObject }, like: T): T {
  expect(answer).toMatchObject({ kind: "mutate", object: { kind: like.kind } });
  return { ...like, ...answer.object };
}

describe("the approvals webhook", () => {
  const handle = attestRun({ keys, operatorUser: "operator" });
  const waiting = aRun("Apply", { phase: "AwaitingApproval", plan: { id: planId } });
  const may = ["approve blueprintruns/shop-apply"];

  test("attests an approval so that the controller believes it", async () => {
    const asked = withAnnotations(waiting, { [approveAnnotation]: planId });
    expect(verdictOf(keys, asked)).toMatchObject({ kind: "refused", finding: { reason: "ApprovalUnattested" } });
    const attested = mutated(await handle(request(asked, waiting), context(may)), waiting);
    expect(verdictOf(keys, attested)).toMatchObject({ kind: "approved", user: "jane" });
  });

  test("attests a rejection", async () => {
    const asked = withAnnotations(waiting, { [rejectAnnotation]: planId });
    const attested = mutated(await handle(request(asked, waiting), context(may)), waiting);
    expect(verdictOf(keys, attested)).toMatchObject({ kind: "rejected", user: "jane" });
  });

  test("an attestation is worth nothing on another run, for another plan or as another word", async () => {
    const asked = withAnnotations(waiting, { [rejectAnnotation]: planId });
    const { metadata } = mutated(await handle(request(asked, waiting), context(may)), waiting);
    const attestation = metadata.annotations?.[attestationAnnotation] ?? "";
    const told = { [attestationAnnotation]: attestation };
    const elsewhere = { ...waiting, metadata: { ...waiting.metadata, uid: "other" } };
    expect(verdictOf(keys, withAnnotations(elsewhere, { ...told, [rejectAnnotation]: planId })).kind).toBe("refused");
    expect(verdictOf(keys, withAnnotations(waiting, { ...told, [approveAnnotation]: planId })).kind).toBe("refused");
    expect(
      verdictOf(
        { current: { id: "k2", secret: new Uint8Array(32) }, former: [] },
        withAnnotations(waiting, { ...told, [rejectAnnotation]: planId }),
      ).kind,
    ).toBe("refused");
    const replanned = { ...waiting, status: { ...waiting.status, plan: { id: digestOf("d") } } };
    expect(verdictOf(keys, withAnnotations(replanned, { ...told, [rejectAnnotation]: planId }))).toMatchObject({
      kind: "refused",
      finding: { reason: "PlanDiffers" },
    });
  });

  test.each<[string, BlueprintRun, BlueprintRun | undefined, string, string, string[]]>([
    ["who may not approve", withAnnotations(waiting, { [approveAnnotation]: planId }), waiting, "mallory", "", []],
    ["another plan", withAnnotations(waiting, { [approveAnnotation]: digestOf("d") }), waiting, "jane", "", may],
    [
      "a run without a plan",
      withAnnotations(aRun("Apply", undefined), { [approveAnnotation]: planId }),
      aRun("Apply", undefined),
      "jane",
      "",
      may,
    ],
    ["a forged attestation", withAnnotations(waiting, { [attestationAnnotation]: "x" }), waiting, "jane", "", may],
    ["a run made by a person", waiting, undefined, "jane", "", may],
    ["a status written by a person", waiting, waiting, "jane", "status", may],
  ])("refuses %s", async (_what, object, old, user, subresource, allowed) => {
    expect((await handle(request(object, old, user, subresource), context(allowed))).kind).toBe("deny");
  });

  test("takes the attestation away with the approval", async () => {
    const approved = withAnnotations(waiting, { [approveAnnotation]: planId, [attestationAnnotation]: "x", kept: "1" });
    const revoked = withAnnotations(waiting, { [attestationAnnotation]: "x", kept: "1" });
    const answer = mutated(await handle(request(revoked, approved), context([])), waiting);
    expect(answer.metadata.annotations).toEqual({ kept: "1" });
  });

  test("leaves everything else alone", async () => {
    const labelled = { ...waiting, metadata: { ...waiting.metadata, labels: { a: "b" } } };
    expect(await handle(request(labelled, waiting), context([]))).toEqual({ kind: "allow" });
  });
});

describe("the references webhook", () => {
  const handle = checkReferences(referenceKeys);
  const withSecret = aBlueprint({
    inputs: [{ name: "password", secretKeyRef: { name: "db", key: "password" } }],
    credentials: { serviceAccountName: "builder" },
  });
  const rights = ["get secrets/db", "impersonate serviceaccounts/builder"];

  test("attests what the author may use, and nothing else of the spec", async () => {
    const attested = mutated(await handle(request(withSecret, undefined), context(rights)), withSecret);
    expect(attestedAuthor(referenceKeys, attested)).toBe("jane");
    const edited = { ...attested, spec: { ...attested.spec, region: "us-east-1" } };
    expect(attestedAuthor(referenceKeys, edited)).toBeUndefined();
    const copied = { ...attested, metadata: { ...attested.metadata, name: "other" } };
    expect(attestedAuthor(referenceKeys, copied)).toBeUndefined();
  });

  test.each(rights)("refuses an author without the right to %s", async (missing) => {
    const answer = await handle(
      request(withSecret, undefined, "mallory"),
      context(rights.filter((right) => right !== missing)),
    );
    expect(answer).toMatchObject({ kind: "deny", message: expect.stringContaining("mallory may not") });
  });

  test("asks anew whenever the spec changes, even where the references stay", async () => {
    const attested = mutated(await handle(request(withSecret, undefined), context(rights)), withSecret);
    const edited = { ...attested, spec: { ...attested.spec, region: "us-east-1" } };
    expect((await handle(request(edited, attested, "mallory"), context([]))).kind).toBe("deny");
  });

  test("asks nothing when only metadata changes", async () => {
    const attested = mutated(await handle(request(withSecret, undefined), context(rights)), withSecret);
    const labelled = { ...attested, metadata: { ...attested.metadata, labels: { a: "b" } } };
    const ctx = context([]);
    expect(await handle(request(labelled, attested, "mallory"), ctx)).toEqual({ kind: "allow" });
    expect(ctx.asked).toEqual([]);
  });

  test("does not believe an attestation that somebody wrote", async () => {
    const forged = withAnnotations(withSecret, { [referencesAnnotation]: "e30.e30" });
    expect((await handle(request(forged, undefined, "mallory"), context([]))).kind).toBe("deny");
  });

  test("never stands in the way of a deletion", async () => {
    const going = { ...withSecret, metadata: { ...withSecret.metadata, deletionTimestamp: "2026-11-22T12:00:00Z" } };
    expect(await handle(request(going, withSecret, "mallory"), context([]))).toEqual({ kind: "allow" });
  });
});

describe("the spec webhook", () => {
  const problem = {
    reason: "UnknownComponent",
    path: "components[0].type",
    message: "no component Netwrok: did you mean Network?",
  } as const;

  test.each([
    ["Warn", "allow"],
    ["Deny", "deny"],
  ] as const)("with admission %s answers a wrong spec by %s", async (admission, kind) => {
    const handle = validateSpec({ checkSpec: () => [problem], admission });
    const answer = await handle(request(aBlueprint(), undefined), context([]));
    expect(answer.kind).toBe(kind);
    expect(JSON.stringify(answer)).toContain("did you mean Network?");
  });

  test("says nothing about a spec that did not change", async () => {
    const handle = validateSpec({ checkSpec: () => [problem], admission: "Deny" });
    expect(await handle(request(aBlueprint(), aBlueprint()), context([]))).toEqual({ kind: "allow" });
  });
});

function digestOf(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}
