import { describe, expect, it } from "vitest";
import { kinds, schemaNamed } from "../kinds.ts";
import { testObject, testObjects, withValue } from "../testdata/objects.ts";
import { backendMessage, nativeCases, specCases, updateCases } from "../testdata/change-cases.ts";
import { valueCases } from "../testdata/rule-cases.ts";
import { allPlaces, placesIn, trialsOf } from "../testdata/sweep.ts";
import { validateObject } from "./validate.ts";

const objects = testObjects();

describe("validateObject", () => {
  it.each([...objects])("takes %s as it stands", (_, object) => {
    expect(validateObject(object)).toEqual([]);
  });

  it("agrees with every value of the table, wherever its rule stands", () => {
    const trials = [...objects].flatMap(([, object]) => trialsOf(object));
    const wrong = trials.filter(({ object, path, refused }) => {
      const problems = validateObject(object);
      return refused === undefined
        ? problems.length > 0
        : !problems.some((problem) => problem.path === path && problem.message === refused);
    });
    expect(wrong.map(({ name, refused, object }) => ({ name, refused, got: validateObject(object) }))).toEqual([]);
    expect(trials.length).toBeGreaterThan(500);
  });

  it.each(specCases)("refuses $message", ({ object, set, path, message }) => {
    const changed = Object.entries(set).reduce((at, [where, value]) => withValue(at, where, value), testObject(object));
    expect(validateObject(changed)).toContainEqual({ path, message, blocking: false });
  });

  it.each(nativeCases)("refuses $object with $set at $path", ({ object, set, path }) => {
    const changed = Object.entries(set).reduce((at, [where, value]) => withValue(at, where, value), testObject(object));
    expect(validateObject(changed).map((problem) => problem.path)).toContain(path);
  });

  it.each(updateCases)("refuses an update: $message", ({ object, set, path, message }) => {
    const stored = testObject(object);
    const changed = Object.entries(set).reduce((at, [where, value]) => withValue(at, where, value), stored);
    expect(validateObject(stored, stored)).toEqual([]);
    expect(validateObject(changed)).toEqual([]);
    expect(validateObject(changed, stored)).toContainEqual({ path, message, blocking: false });
  });

  it("keeps the state backend while resources exist, and lets it change when none do", () => {
    const stored = testObject("blueprint-contract");
    const moved = withValue(stored, "spec.state.backendRef", "small");
    const withResources = (count: number) => withValue(stored, "status.resources", count);
    expect(validateObject(moved, withResources(0))).toEqual([]);
    expect(validateObject(moved, stored)).toEqual([]);
    expect(validateObject(moved, withResources(3))).toContainEqual({
      path: "",
      message: backendMessage,
      blocking: false,
    });
    expect(validateObject(withValue(stored, "spec.state", undefined), withResources(3))).toHaveLength(1);
  });

  it("names the nearest known field for one it does not know", () => {
    const slip = withValue(testObject("blueprint-contract"), "spec.aproval", "Always");
    expect(validateObject(slip)).toEqual([
      { path: "spec.aproval", message: "is not a field of this kind; did you mean approval?", blocking: false },
    ]);
  });

  it.each([
    ["a list", []],
    ["nothing", null],
    ["another kind", { apiVersion: "iacdharma.com/v1alpha1", kind: "Bluprint", metadata: { name: "a" }, spec: {} }],
    ["another version", { ...testObject("blueprint-contract"), apiVersion: "iacdharma.com/v1" }],
    ["no metadata", { ...testObject("blueprint-contract"), metadata: undefined }],
    ["an empty name", withValue(testObject("blueprint-contract"), "metadata.name", "")],
    ["a name in unicode", withValue(testObject("blueprint-contract"), "metadata.name", "wéb")],
    ["no spec", withValue(testObject("blueprint-contract"), "spec", undefined)],
    ["a spec that is text", withValue(testObject("blueprint-contract"), "spec", "text")],
    ["components that are text", withValue(testObject("blueprint-contract"), "spec.components", "text")],
  ])("refuses %s without throwing", (_, object) => {
    expect(validateObject(object)).not.toEqual([]);
  });
});

describe("the table of rules", () => {
  it("has passing and refused cases for every rule of every kind", () => {
    const messages = kinds.flatMap(({ schema, type }) => {
      const node = schemaNamed(type.kind);
      expect(schema).toBeDefined();
      return node === undefined ? [] : allPlaces(node).map(({ message }) => message);
    });
    const covered = new Set([...Object.keys(valueCases), ...specCases.map(({ message }) => message)]);
    expect([...new Set(messages)].filter((message) => !covered.has(message))).toEqual([]);
    expect(Object.values(valueCases).every(({ good, bad }) => good.length > 0 && bad.length > 0)).toBe(true);
  });

  it("reaches every place where a rule stands", () => {
    const reached = new Set(
      [...objects].flatMap(([, object]) => {
        const schema = schemaNamed(object.kind);
        return schema === undefined
          ? []
          : placesIn(schema, object).map(({ schemaPath }) => `${object.kind} ${schemaPath}`);
      }),
    );
    const missing = kinds.flatMap(({ type }) => {
      const schema = schemaNamed(type.kind);
      return schema === undefined ? [] : allPlaces(schema).map(({ schemaPath }) => `${type.kind} ${schemaPath}`);
    });
    expect(missing.filter((place) => !reached.has(place))).toEqual([]);
  });
});
