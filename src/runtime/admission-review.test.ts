import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyPatch } from "../../test/support/sim-merge.ts";
import { MalformedReview, parseReview, reviewResponse } from "./admission-review.ts";
import { jsonPatch } from "./json-patch.ts";

const value = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", 1, true, null),
    fc.array(tie("json"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c/d", "e~f", "~1", ""), tie("json"), { maxKeys: 4 }),
}));

test("a patch made of two objects turns one into the other", () => {
  fc.assert(
    fc.property(value.object, value.object, (from, to) => {
      const body = jsonPatch(from, to);
      expect(applyPatch(from, { kind: "json", body })).toEqual(to);
    }),
  );
});

test("equal values need no patch", () => {
  fc.assert(
    fc.property(value.object, (object) => {
      expect(jsonPatch(object, structuredClone(object))).toEqual([]);
    }),
  );
});

const review = (request: object) =>
  JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { uid: "u", ...request } });
const create = {
  operation: "CREATE",
  kind: { group: "g", version: "v1", kind: "K" },
  resource: { group: "g", version: "v1", resource: "ks" },
  userInfo: { username: "jane", groups: ["dev"], extra: { scopes: ["a"] } },
  object: { apiVersion: "g/v1", kind: "K", metadata: { generateName: "k-" } },
};

describe("an AdmissionReview", () => {
  test("is typed, with gaps filled where the server leaves fields out", () => {
    expect(parseReview(review(create))).toMatchObject({
      uid: "u",
      operation: "CREATE",
      namespace: "",
      name: "",
      subresource: "",
      dryRun: false,
      user: { username: "jane", groups: ["dev"], extra: { scopes: ["a"] } },
      object: { metadata: { name: "" } },
      oldObject: undefined,
    });
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["another kind", JSON.stringify({ apiVersion: "v1", kind: "Pod" })],
    ["no uid", review({ ...create, uid: undefined })],
    ["an unknown operation", review({ ...create, operation: "LOOK" })],
    ["an object that is none", review({ ...create, object: 5 })],
  ])("is refused when it is %s", (_, text) => {
    expect(() => parseReview(text)).toThrow(MalformedReview);
  });

  test("is answered in the server's terms", () => {
    const request = parseReview(review(create));
    expect(reviewResponse(request, { kind: "allow" })).toMatchObject({ response: { uid: "u", allowed: true } });
    expect(reviewResponse(request, { kind: "deny", message: "no", code: 422 })).toMatchObject({
      response: { uid: "u", allowed: false, status: { code: 422, message: "no" } },
    });
    const unchanged = request.object;
    if (!unchanged) throw new Error("no object");
    expect(reviewResponse(request, { kind: "mutate", object: unchanged })).not.toHaveProperty("response.patch");
  });
});
