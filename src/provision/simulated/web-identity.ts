// Tokens that stand for a workload: looked at as far as a cloud looks before it asks the issuer, refused in each cloud's words.
import { readFileSync } from "node:fs";
import { isList, isObject, type JsonObject, textAt } from "./values.ts";

/** Why STS would not take it; undefined when it would. Source: AssumeRoleWithWebIdentity, API reference of AWS STS, errors. */
export function refusedByAws(role: JsonObject): string | undefined {
  const said = (code: string, message: string): string =>
    `unable to validate AWS credentials.\nDetails: operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 400, ${code}: ${message}`;
  const roleArn = textAt(role, "roleArn") ?? "";
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/./.test(roleArn)) return said("ValidationError", `${roleArn} is invalid`);
  const token = textAt(role, "webIdentityToken") ?? read(textAt(role, "webIdentityTokenFile"));
  if (token === undefined) return said("InvalidIdentityToken", "no token was found");
  return audiencesOf(token).includes("sts.amazonaws.com")
    ? undefined
    : said("InvalidIdentityToken", "Incorrect token audience");
}

/** Source: Microsoft Entra authentication error AADSTS700212 (no matching federated identity record for the audience). */
export function refusedByAzure(args: JsonObject): string | undefined {
  const token = textAt(args, "oidcToken") ?? read(textAt(args, "oidcTokenFilePath"));
  if (token === undefined || audiencesOf(token).includes("api://AzureADTokenExchange")) return undefined;
  return "WorkloadIdentityCredential: failed to acquire a token: AADSTS700212: No matching federated identity record found for presented assertion audience";
}

/** Source: Security Token Service of Google Cloud, "The audience in ID Token ... does not match the expected audience". */
export function refusedByGoogle(credentials: JsonObject): string | undefined {
  if (textAt(credentials, "type") !== "external_account") return undefined;
  const source = isObject(credentials["credential_source"]) ? credentials["credential_source"] : {};
  const token = read(textAt(source, "file"));
  const wanted = textAt(credentials, "audience") ?? "";
  if (token !== undefined && audiencesOf(token).includes(wanted)) return undefined;
  return `google: oauth2/google: status code 400: {"error":"invalid_grant","error_description":"The audience in ID Token does not match the expected audience ${wanted}."}`;
}

function read(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function audiencesOf(token: string): readonly string[] {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const audience = typeof payload === "object" && payload !== null ? Reflect.get(payload, "aud") : undefined;
    if (typeof audience === "string") return [audience];
    return isList(audience) ? audience.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}
