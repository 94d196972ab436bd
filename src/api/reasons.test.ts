import { describe, expect, it } from "vitest";
import type { FailureReason, SpecReason } from "../provision/index.ts";
import { type Reason, isReason, reasonSections, reasons, retryClass } from "./reasons.ts";

describe("the list of reasons", () => {
  it("holds each code once, in UpperCamelCase, with meaning and action as sentences", () => {
    const codes = reasonSections.flatMap((section) => Object.keys(section.reasons));
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.toSorted()).toEqual(Object.keys(reasons).toSorted());
    const odd = Object.entries(reasons).filter(
      ([code, { meaning, action }]) =>
        !/^[A-Z][A-Za-z]+$/u.test(code) || !meaning.endsWith(".") || !action.endsWith("."),
    );
    expect(odd).toEqual([]);
  });

  it("holds every reason that provisioning gives (the compiler checks it)", () => {
    const asReason = (reason: SpecReason | FailureReason): Reason => reason;
    expect(isReason(asReason("StateTooLarge"))).toBe(true);
  });

  it("tells known codes from others, those of every object included", () => {
    expect(isReason("Drifted")).toBe(true);
    expect(isReason("constructor")).toBe(false);
    expect(retryClass("Throttled")).toBe("retry");
    expect(retryClass("MissingCredentials")).toBe("waitForInput");
  });
});
