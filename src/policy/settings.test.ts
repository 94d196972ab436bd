import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseSettings, SettingsError, settingsFor } from "./settings.ts";

const exceptionWith = (field: string): string => {
  const base = { name: "x", rules: ["aws.*.*"], owner: "o", reason: "r", expireTime: "2027-01-01T00:00:00Z" };
  return `exceptions: [${JSON.stringify({ ...base, ...(parse(field) as object) })}]`;
};

describe("policy settings", () => {
  test("are read from YAML, and an empty file sets nothing", () => {
    expect(parseSettings("")).toEqual({});
    expect(parseSettings("modes: { aws: Warn, pci-dss-4.0: Enforce }\nmaxBlastRadius: 50\n")).toEqual({
      modes: { aws: "Warn", "pci-dss-4.0": "Enforce" },
      maxBlastRadius: 50,
    });
  });

  test.each([
    ["modes: { aws: Deny }", "modes.aws must be Enforce, Warn or Audit"],
    ["maxBlastRadius: many", "maxBlastRadius"],
    ["mode: { aws: Warn }", "mode is not known"],
    ["namespaces: { shop: { namespaces: {} } }", "namespaces.shop.namespaces is not known"],
    ["a: b: c", "no YAML"],
    ["[]", "the document"],
    ["exceptions: [{ name: x }]", "exceptions.0"],
    [exceptionWith("reason: ' '"), "reason"],
    [exceptionWith("owner: ''"), "owner"],
    [exceptionWith("expireTime: tomorrow"), "expireTime"],
    [exceptionWith("expireTime: '2026-13-01T00:00:00Z'"), "is no time"],
    [exceptionWith("until: never"), "exceptions.0.until is not known"],
    ["bundles: [{ name: x }]", "names no source"],
    ["bundles: [{ name: x, directory: /a, configMap: { name: b } }]", "names configMap and directory"],
    ["bundles: [{ name: x, directory: a }]", "bundles.0.directory"],
    ["bundles: [{ name: x, directory: /a }, { name: x, directory: /b }]", "two named x"],
    ["bundles: [{ name: built-in, directory: /a }]", "operator's own"],
    ["bundles: [{ name: x, directory: /a, pollInterval: 10ms }]", "pollInterval"],
    ["bundles: [{ name: x, http: { url: 'http://a/b' } }]", "not https"],
    ["bundles: [{ name: x, http: { url: 'https://me:secret@a/b' } }]", "credentialsRef"],
    ["bundles: [{ name: x, http: { url: here } }]", "no URL"],
    ["bundles: [{ name: x, oci: { reference: here } }]", "no reference"],
    ["bundles: [{ name: x, directory: /a, publicKey: a, publicKeyRef: { name: b } }]", "one of them"],
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

  test("of a namespace hold nothing of other namespaces, of bundles and of exceptions that were not given", () => {
    const all = parseSettings(`bundles: [{ name: x, directory: /a }]\n${exceptionWith("owner: p")}`);
    expect(settingsFor(all, "shop")).toEqual({});
  });

  test("carry the exceptions given", () => {
    const exception = { name: "x", rules: ["aws.*.*"], owner: "o", reason: "r", expireTime: "2027-01-01T00:00:00Z" };
    expect(settingsFor({}, "shop", [exception])).toEqual({ exceptions: [exception] });
    expect(settingsFor({}, "shop")).toEqual({});
  });
});
