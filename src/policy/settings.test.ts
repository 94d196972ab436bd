import { describe, expect, test } from "vitest";
import { parseSettings, SettingsError, settingsFor } from "./settings.ts";

describe("policy settings", () => {
  test("are read from YAML, and an empty file sets nothing", () => {
    expect(parseSettings("")).toEqual({});
    expect(parseSettings("modes: { aws: Warn, pci-dss-4.0: Enforce }\nmaxBlastRadius: 50\n")).toEqual({
      modes: { aws: "Warn", "pci-dss-4.0": "Enforce" },
      maxBlastRadius: 50,
    });
  });

  test.each([
    ["modes: { aws: Deny }", "modes.aws"],
    ["maxBlastRadius: many", "maxBlastRadius"],
    ["mode: { aws: Warn }", "mode is not known"],
    ["namespaces: { shop: { namespaces: {} } }", "namespaces.shop.namespaces is not known"],
    ["a: b: c", "no YAML"],
    ["[]", "the document"],
  ])("say what is wrong: %s", (text, message) => {
    expect(() => parseSettings(text)).toThrow(SettingsError);
    expect(() => parseSettings(text)).toThrow(message);
  });

  test("of a namespace add modes and replace the rest", () => {
    const all = parseSettings(`
modes: { aws: Warn, gcp: Warn }
allowedRegions: [eu-west-1]
namespaces:
  shop: { modes: { aws: Enforce }, allowedRegions: [us-east-1] }
`);
    expect(settingsFor(all, "web")).toEqual({ modes: { aws: "Warn", gcp: "Warn" }, allowedRegions: ["eu-west-1"] });
    expect(settingsFor(all, "shop")).toEqual({
      modes: { aws: "Enforce", gcp: "Warn" },
      allowedRegions: ["us-east-1"],
    });
  });

  test("carry the exceptions given", () => {
    const exception = { name: "x", rules: ["aws.*.*"], owner: "o", reason: "r", expireTime: "2027-01-01T00:00:00Z" };
    expect(settingsFor({}, "shop", [exception])).toEqual({ exceptions: [exception] });
    expect(settingsFor({}, "shop")).toEqual({});
  });
});
