import { describe, expect, it } from "vitest";
import { blueprints } from "../v1alpha1/blueprint.ts";
import { edgeClusters } from "../v1alpha1/edge-cluster.ts";
import { withDefaults } from "./defaults.ts";

const head = { apiVersion: "iacdharma.com/v1alpha1", kind: "EdgeCluster", metadata: { name: "a" } };

describe("withDefaults", () => {
  it("fills nested defaults, also inside objects and list entries that are there", () => {
    const { spec } = withDefaults(edgeClusters, {
      ...head,
      spec: { offline: { maxDuration: "1h" }, bundles: [{ name: "b", source: { configMapRef: { name: "c" } } }] },
    });
    expect(spec).toEqual({
      offline: { maxDuration: "1h", buffer: { bytes: "256Mi" } },
      bundles: [{ name: "b", source: { configMapRef: { name: "c" } }, wave: 0 }],
      paused: false,
    });
  });

  it("changes nothing the second time, and never its argument", () => {
    const written = Object.freeze({ ...head, spec: Object.freeze({}) });
    const once = withDefaults(edgeClusters, written);
    expect(withDefaults(edgeClusters, once)).toEqual(once);
    expect(written.spec).toEqual({});
  });

  it("refuses to take one kind for another", () => {
    expect(() => withDefaults(blueprints, head)).toThrow("EdgeCluster is not a Blueprint");
  });
});
