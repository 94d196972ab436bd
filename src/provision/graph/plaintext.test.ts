import { describe, expect, it } from "vitest";
import { plaintextSecret } from "./plaintext.ts";

describe("secrets in plain fields", () => {
  it.each([
    ["password", "hunter2"],
    ["masterPassword", "hunter2"],
    ["admin_password", "hunter2"],
    ["clientSecret", "x"],
    ["secretString", "x"],
    ["authToken", "x"],
    ["apiKey", "x"],
    ["token", "x"],
    ["anything", "AKIAQYLPMN5HHHFPZAM2"],
    ["userData", ["-----BEGIN RSA", "PRIVATE KEY-----\nMIIE"].join(" ")],
    ["note", `ghp_${"a".repeat(36)}`],
    ["endpoint", `DefaultEndpointsProtocol=https;AccountKey=${"A".repeat(86)}==`],
  ])("are found in %j", (key, value) => {
    const found = plaintextSecret(key, value);
    expect(found).toBeDefined();
    if (value.length > 8) expect(found).not.toContain(value);
  });

  it.each([
    ["password", ""],
    ["secretName", "db"],
    ["keyName", "ops"],
    ["httpTokens", "required"],
    ["disablePasswordAuthentication", "true"],
    ["managePassword", "x"],
    ["description", "the secret of success"],
    ["kmsKeyId", "arn:aws:kms:eu-west-1:123456789012:key/abc"],
    ["tokenTtl", "1h"],
  ])("are not seen in %j: %j", (key, value) => {
    expect(plaintextSecret(key, value)).toBe(key === "managePassword" ? "the value of `managePassword`" : undefined);
  });
});
