import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOT_KNOWN } from "./decision.ts";
import { MASK, MASKED_KEY, maskSecrets } from "./mask.ts";

const envelope = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: value,
});

describe("masking hides", () => {
  test.each<[string, unknown, unknown]>([
    ["the engine's secret envelope", { name: envelope('"hunter2"') }, { name: MASK }],
    ["text under a telling name", { masterPassword: "hunter2" }, { masterPassword: MASK }],
    ["whatever the name's spelling", { "api-key": "x", API_KEY: "x" }, { "api-key": MASK, API_KEY: MASK }],
    [
      "all text below such a name",
      { credentials: { user: ["a", { b: "c" }] } },
      { credentials: { user: [MASK, { b: MASK }] } },
    ],
    [
      "boot scripts",
      { userData: "#!/bin/sh", metadata: { "startup-script": "x" } },
      { userData: MASK, metadata: { "startup-script": MASK } },
    ],
    [
      "not what another resource is known by, nor what isn't known yet, nor EC2's setting of that name",
      { references: { secretId: ["urn:pulumi:db"] }, secretId: NOT_KNOWN, metadataOptions: { httpTokens: "optional" } },
      { references: { secretId: ["urn:pulumi:db"] }, secretId: NOT_KNOWN, metadataOptions: { httpTokens: "optional" } },
    ],
    ["private keys anywhere", ["-----BEGIN EC PRIVATE KEY-----\nx"], [MASKED_KEY]],
    [
      "the data of a Secret",
      { kind: "Secret", type: "Opaque", data: { a: "b" } },
      { kind: "Secret", type: "Opaque", data: { a: MASK } },
    ],
  ])("%s", (_, value, masked) => {
    expect(maskSecrets(value)).toEqual(masked);
  });
});

test("numbers, booleans and null stay, for rules need them", () => {
  const value = { minimumPasswordLength: 14, secretRotation: true, token: null };
  expect(maskSecrets(value)).toEqual(value);
});

test("masking twice is masking once, and no secret value survives", () => {
  const secret = "s3cr3t-value";
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(envelope(secret)),
      fc.array(tie("value")),
      fc.dictionary(fc.constantFrom("name", "data", "kind", "x"), tie("value")),
      fc.record({ password: fc.constant(secret) }),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      const masked = maskSecrets(value);
      expect(JSON.stringify(masked)).not.toContain(secret);
      expect(maskSecrets(masked)).toEqual(masked);
    }),
  );
});
