import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ApprovalClaim, attestApproval, type Keyring, verifyApproval } from "./index.ts";

const old = { id: "k1", secret: new Uint8Array(32).fill(1) };
const current = { id: "k2", secret: new Uint8Array(32).fill(2) };
const keys: Keyring = { current, former: [old] };
const claim: ApprovalClaim = {
  verdict: "Approve",
  run: "uid-1",
  plan: "sha256:aa",
  user: "jane",
  uid: "u-7",
  groups: ["ops", "system:authenticated"],
  time: "2026-01-01T00:00:00Z",
};
const expected = { run: "uid-1", plan: "sha256:aa" };

describe("an approval", () => {
  test.each([
    ["the current key", current],
    ["a former key", old],
  ])("attested by %s is valid", (_, key) => {
    expect(verifyApproval(attestApproval(claim, key), expected, keys)).toEqual({ kind: "valid", claim });
  });

  test.each([
    ["of another run", { run: "uid-2", plan: "sha256:aa" }, "otherRun"],
    ["of another plan", { run: "uid-1", plan: "sha256:bb" }, "otherPlan"],
  ])("%s is refused", (_, other, fault) => {
    expect(verifyApproval(attestApproval(claim, current), other, keys)).toMatchObject({ kind: "invalid", fault });
  });

  test("by an unknown key, or by a key that only has the known one's id, is refused", () => {
    const stranger = { id: "k9", secret: new Uint8Array(32) };
    const impostor = { id: "k2", secret: new Uint8Array(32) };
    expect(verifyApproval(attestApproval(claim, stranger), expected, keys)).toMatchObject({ fault: "unknownKey" });
    expect(verifyApproval(attestApproval(claim, impostor), expected, keys)).toMatchObject({ fault: "forged" });
  });

  test("with any claim changed is forged", () => {
    const other = { verdict: "Reject", run: "u", plan: "p", user: "eve", uid: "u-8", groups: ["admins"], time: "t" };
    for (const [name, value] of Object.entries(other)) {
      const attested: Record<string, unknown> = JSON.parse(attestApproval(claim, current));
      const changed = JSON.stringify({ ...attested, [name]: value });
      expect(verifyApproval(changed, expected, keys), name).toMatchObject({ kind: "invalid", fault: "forged" });
    }
  });

  test("of any text is refused and never throws", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ mac: fc.string() }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (attestation) => {
        expect(verifyApproval(attestation, expected, keys)).toMatchObject({ kind: "invalid" });
      }),
    );
  });

  test("takes no weak key", () => {
    expect(() => attestApproval(claim, { id: "k", secret: new Uint8Array(8) })).toThrow(/32 or more/);
  });
});
