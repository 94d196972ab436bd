import { describe, expect, it } from "vitest";
import { checkSpec, createSdkCatalog } from "../../provision/index.ts";
import { testObjects } from "../testdata/objects.ts";
import { blueprints } from "../v1alpha1/blueprint.ts";
import { withDefaults } from "./defaults.ts";

describe("the examples", () => {
  const files = [...testObjects()].filter(([name]) => /^blueprint-(aws|azure|gcp|contract)\.yaml$/u.test(name));

  it.each(files)("of %s can be built: components, properties and references are known", (_, object) => {
    const { metadata, spec } = withDefaults(blueprints, object);
    const identity = { uid: "", namespace: "default", name: metadata.name };
    expect(checkSpec(spec, { identity, catalog: createSdkCatalog() })).toEqual([]);
  });

  it("cover all three clouds and the contract's own", () => {
    expect(files).toHaveLength(4);
  });
});
