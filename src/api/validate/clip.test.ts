import { describe, expect, it } from "vitest";
import { testObject } from "../testdata/objects.ts";
import { clipStatus } from "./clip.ts";
import { validateObject } from "./validate.ts";

describe("clipStatus", () => {
  it("cuts text and lists to what the schema holds, and only those", () => {
    const step = { op: "create", urn: "u".repeat(5000), type: "t", name: "n" };
    const long = {
      observedGeneration: 1,
      phase: "Failed",
      plan: { id: "sha256:1", steps: Array.from({ length: 300 }, () => step) },
      error: { reason: "EngineFailed", message: "😀".repeat(40_000) },
    };
    const run = testObject("blueprint-run-every-field");
    expect(validateObject({ ...run, status: long })).not.toEqual([]);
    const status = clipStatus("BlueprintRun", long);
    expect(validateObject({ ...run, status })).toEqual([]);
    expect(status).toMatchObject({ observedGeneration: 1, phase: "Failed" });
    expect(JSON.stringify(status)).toContain('..."');
  });

  it("leaves a status that fits, and those of other kinds, as they are", () => {
    const status = { phase: "Ready", conditions: [], outputs: { any: { thing: "x".repeat(10_000) } } };
    expect(clipStatus("Blueprint", status)).toEqual(status);
    expect(clipStatus("Deployment", status)).toBe(status);
  });
});
